import ArgumentParser
import CourantAPI

struct Bounces: AsyncParsableCommand {
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
        subcommands: [ShowBounces.self, ReleaseBounces.self, EraseBounces.self])
}

struct ShowBounces: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how many are held, why, and whether the brake is on; no addresses.",
        discussion: "EXAMPLES:\n  courant bounces show\n  courant bounces show --campaign 42 --json | jq .brake")

    @Option(name: .long, help: ArgumentHelp("Of one campaign.", valueName: "id"))
    var campaign: CampaignID?

    @OptionGroup var output: Output

    func run() async throws {
        let found = try await Desk.current().bounces(campaign)
        try output.console.show(found, as: found.text(output.console.page))
    }
}

struct ReleaseBounces: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Write to them again: the relay or the provider was wrong.",
        discussion: """
            EXAMPLES:
              courant bounces release --campaign 42
              courant bounces release --yes --expect 12

            A campaign that is still under way goes to them too; resume it where it was paused.
            """)

    @OptionGroup var decision: Decision
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let (desk, found) = try await decision.ask("release", "written to again", console)
        let done = try await desk.release(found)
        try console.report(done, as: "\(console.margin.tick) Released: \(done.changed.counted("subscription")).")
    }
}

struct EraseBounces: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase them now and for good: they are gone indeed.",
        discussion: """
            EXAMPLES:
              courant bounces erase --campaign 42
              courant bounces erase --yes --expect 12

            Nobody can undo it. Nothing stays of them, and they may sign up again.
            """)

    @OptionGroup var decision: Decision
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let (desk, found) = try await decision.ask("erase", "erased for good", console)
        let done = try await desk.eraseHeld(found)
        try console.report(done, as: "\(console.margin.tick) Erased: \(done.changed.counted("subscription")).")
    }
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
    func ask(_ verb: String, _ fate: String, _ console: Console) async throws -> (Desk, DecideBounces) {
        let desk = try Desk.current()
        if yes {
            guard let expect else {
                throw Failure(
                    word: "no-count", title: "--yes alone would \(verb) however many there are",
                    next: "Say how many you expect: --yes --expect N (courant bounces show counts them)", exit: .guarded
                )
            }
            return (desk, DecideBounces(campaign: campaign?.description, expect: expect))
        }
        guard console.hasPerson else {
            throw Failure.noTerminal(
                "Nothing was done: there is no terminal to ask on", next: "courant bounces \(verb) --yes --expect N")
        }
        let found = try await desk.bounces(campaign)
        console.ask(found.text(console.margin) + "\n")
        guard found.held > 0, expect == nil || expect == found.held else {
            throw Failure.declined("Nothing was done: \(found.held.counted("subscription")) held")
        }
        let count = String(found.held)
        let answer = Prompt(console: console).line("Type \(console.margin.bold(count)), and so many are \(fate): ")
        guard answer == count else { throw Failure.declined("Nothing was done") }
        return (desk, DecideBounces(campaign: campaign?.description, expect: found.held))
    }
}

extension BouncesInfo {
    func text(_ style: Style) -> String {
        guard held > 0 else { return "Nobody is held." }
        var facts = Facts()
        facts.add("Held", held.counted("subscription"))
        facts.add("Brake", brake ? style.red("on: nobody is erased") : "off")
        for reason in reasons { facts.add("Because", reason.printable) }
        facts.add(
            brake ? "Released" : "Erased",
            next.map { "\(brake ? "if nobody decides, " : "")from \(Moment($0)) on (\(Moment($0).distance))" })
        var table = Table(columns: [.text("SAID"), .number("HELD"), .text("WHICH MEANS")])
        table.rows = statuses.map { [$0.status.printable, $0.count.grouped, style.dim($0.cause.printable)] }
        var shares = Table(columns: [.text("CAMPAIGN"), .number("HELD")])
        shares.rows = campaigns.map { [$0.campaign?.printable ?? "other mails", $0.count.grouped] }
        return [facts.text(style), table.text(style), shares.text(style)].joined(separator: "\n")
    }
}
