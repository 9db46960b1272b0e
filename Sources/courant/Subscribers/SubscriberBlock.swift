import ArgumentParser
import CourantAPI
import Foundation
import PeopleFiles

struct SubscriberBlock: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Take over from another tool who is never to be written to again.",
        discussion: """
            Each address in the file becomes a fingerprint and nothing else, which import, sign-up mail and sending respect. Who
            of them is on a list is erased, as by an unsubscribe with that wish. There is no way back but one by one: courant
            subscriber forgive. Where the file says how people stand, those who left are meant; else all of it.

            EXAMPLES:
              courant subscriber block unsubscribed.csv --source "Mailchimp, those who left" --dry-run
              courant subscriber block unsubscribed.csv --list news --source "Mailchimp, those who left"
              courant subscriber block unsubscribed.csv --source "Mailchimp" --yes --expect-rows 312 --expect-leaving 40
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv", "txt", "tsv"]))
    var file: String

    @Option(name: .long, help: "From this list alone; else from every list.")
    var list: Slug?

    @Option(name: .long, help: "Where the file comes from.")
    var source: String

    @Flag(name: .long, help: "Only count: nothing is kept.")
    var dryRun = false

    @Option(
        name: .long,
        help: ArgumentHelp("Refuse where not exactly so many leave; needed where it is many.", valueName: "n"))
    var expectLeaving: Int?

    @OptionGroup var options: FileOptions
    @OptionGroup var agreement: CountAgreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        var file = try PeopleFile(self.file, options, for: .blocking)
        file.describe(console)
        try file.settle(console, isHarmless: dryRun)
        let client = try APIClient.current()
        let opened = try await client.open(order, key: key(file, client))
        let id = try UploadID(opened.id)
        guard opened.state == "reading" else {
            console.note("The same file was taken over before: nothing is done again.")
            return try show(await client.block(id))
        }
        do {
            var sender = PartSender(client, path: "blocks/\(id)", parts: opened.parts)
            try await sender.send(file, skippingBad: options.skipBad, console)
            let staged = try await client.block(id)
            guard !dryRun else {
                try await client.abandon("blocks/\(id)")
                return try show(staged)
            }
            let leaving = try agree(staged, file)
            try show(
                await client.wait(for: client.accept(id, AcceptBlock(expectRows: staged.rows, expectLeaving: leaving))))
        } catch let failure as Failure where ["import", "declined", "no-terminal"].contains(failure.word) {
            try await client.abandon("blocks/\(id)")
            throw failure
        }
    }

    private var order: BlockOrderInfo {
        BlockOrderInfo(list: list?.description, source: source, skipBad: options.skipBad ? true : nil)
    }

    private func key(_ file: PeopleFile, _ client: APIClient) throws(Failure) -> IdempotencyKey {
        IdempotencyKey(
            dryRun ? "block-rehearse" : "block", file.fingerprint,
            String(decoding: try client.body(order), as: UTF8.self))
    }

    /// How many leave, as somebody has agreed to it.
    private func agree(_ staged: BlockInfo, _ file: PeopleFile) throws(Failure) -> Int? {
        let console = output.console
        guard staged.rows > 0 else { throw .declined("There is nobody in the file who left") }
        if let expectLeaving, expectLeaving != staged.leaving {
            throw .declined(
                "Nothing was done: \(staged.leaving.grouped) would leave, and you expected \(expectLeaving)")
        }
        let summary =
            try "It begins with: \(file.firstShapes.joined(separator: ", "))\n" + staged.facts.text(console.margin)
        try agreement.ask(
            staged.rows, console, about: summary + "\n\n", verb: "have them never written to again", isNeeded: true)
        guard staged.isMany == true, expectLeaving == nil else { return staged.leaving }
        guard !agreement.yes, console.hasPerson else {
            throw .noTerminal(
                "Nothing was done: \(staged.leaving.grouped) of \((staged.population ?? 0).grouped) would leave at once",
                next: "If that is meant, add --expect-leaving \(staged.leaving)")
        }
        let answer = Prompt(console: console).line(
            "\(staged.leaving.grouped) of \((staged.population ?? 0).grouped) people would be erased at once. Is it the right file? "
                + "Type \(console.margin.bold("erase")) to go on: ")
        guard answer == "erase" else { throw .declined("Nothing was done") }
        return staged.leaving
    }

    private func show(_ info: BlockInfo) throws {
        try output.console.show(info, as: info.facts.text(output.console.page))
    }
}

extension APIClient {
    fileprivate func wait(for accepted: BlockInfo) async throws -> BlockInfo {
        var info = accepted
        while info.state != "done" {
            try await Task.sleep(for: .milliseconds(300))
            info = try await block(UploadID(info.id))
        }
        return info
    }
}

extension BlockInfo {
    fileprivate var facts: KeyValueTable {
        var facts = KeyValueTable()
        let isDone = state == "done"
        facts.add("From", list.map { "the list \($0.printable)" } ?? "every list")
        facts.add(isDone ? "Never again" : "Would be", "\(blocked.grouped) new, \(known.grouped) known before")
        facts.add(
            isDone ? "Erased" : "Would leave",
            leaving.counted("subscription") + (population.map { " of \($0.grouped)" } ?? ""))
        facts.add("Twice in the file", duplicates.grouped)
        if invalid > 0 { facts.add("Bad lines", "\(invalid.grouped) left out") }
        return facts
    }
}
