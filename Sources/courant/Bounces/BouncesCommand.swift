import ArgumentParser
import CourantAPI

struct BouncesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bounces",
        abstract: "Those who are said not to exist, and what becomes of them.",
        discussion: """
            Whom a relay calls dead is held: in no audience, without mail, and erased after a day
            (bounces.hold). Where many are called so at once, that is more likely the relay or one
            provider: then the brake is on, and nobody is erased until somebody decides here. Whom
            nobody decides about for two weeks is written to again.

            EXAMPLES:
              courant bounces show
              courant bounces release --campaign 42
              courant bounces erase --yes --expect 12
            """,
        subcommands: [BouncesShow.self, BouncesRelease.self, BouncesErase.self])
}

/// About how many it is; typed, or said with the command.
struct Decision: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Only those of one campaign.", valueName: "id"))
    var campaign: CampaignID?

    @Flag(name: .shortAndLong, help: "Do not ask; needs --expect.")
    var yes = false

    @Option(name: .long, help: ArgumentHelp("Refuse where they are not exactly so many.", valueName: "n"))
    var expect: Int?

    func validate() throws {
        if let expect, expect < 0 { throw ValidationError("--expect is how many are held: 0 or more.") }
    }

    /// What the service is to be asked, once the person agrees.
    func ask(_ verb: String, _ fate: String, _ console: Console) async throws -> (APIClient, DecideBounces) {
        let client = try APIClient.current()
        if yes {
            guard let expect else {
                throw Failure(
                    word: "no-count", title: "--yes alone would \(verb) however many there are",
                    next: "Say how many you expect: --yes --expect N (courant bounces show counts them)", exit: .guarded
                )
            }
            return (client, DecideBounces(campaign: campaign?.description, expect: expect))
        }
        guard console.hasPerson else {
            throw Failure.noTerminal(
                "Nothing was done: there is no terminal to ask on", next: "courant bounces \(verb) --yes --expect N")
        }
        let found = try await client.bounces(campaign)
        console.ask(found.text(console.margin) + "\n")
        guard found.held > 0, expect == nil || expect == found.held else {
            throw Failure.declined("Nothing was done: \(found.held.counted("subscription")) held")
        }
        let count = String(found.held)
        let answer = Prompt(console: console).line("Type \(console.margin.bold(count)), and so many are \(fate): ")
        guard answer == count else { throw Failure.declined("Nothing was done") }
        return (client, DecideBounces(campaign: campaign?.description, expect: found.held))
    }
}

extension BouncesInfo {
    func text(_ style: Style) -> String {
        guard held > 0 else { return "Nobody is held." + (returned ?? []).table(style) }
        var facts = KeyValueTable()
        facts.add("Held", held.counted("subscription"))
        facts.add("Brake", brake ? style.red("on: nobody is erased") : "off")
        for reason in reasons { facts.add("Because", reason.printable) }
        facts.add(
            brake ? "Released" : "Erased",
            next.map { "\(brake ? "if nobody decides, " : "")from \(LocalTime($0)) on (\(LocalTime($0).distance))" })
        var table = Table(columns: [.text("SAID"), .number("HELD"), .text("WHICH MEANS")])
        table.rows = statuses.map { [$0.status.printable, $0.count.grouped, style.dim($0.cause.printable)] }
        var shares = Table(columns: [.text("CAMPAIGN"), .number("HELD")])
        shares.rows = campaigns.map { [$0.campaign?.printable ?? "other mails", $0.count.grouped] }
        return [facts.text(style), table.text(style), shares.text(style)].joined(separator: "\n")
            + (returned ?? []).table(style)
    }
}

extension [ReturnedInfo] {
    /// Nothing where nothing came back.
    func table(_ style: Style) -> String {
        guard !isEmpty else { return "" }
        var table = Table(columns: [.text("CAME BACK AS"), .text("SAID"), .number("MAILS"), .text("WHICH MEANS")])
        table.rows = map {
            [$0.class.printable, $0.status.printable, $0.count.grouped, style.dim($0.meaning.printable)]
        }
        return "\n" + table.text(style)
    }
}
