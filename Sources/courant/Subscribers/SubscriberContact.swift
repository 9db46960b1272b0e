import ArgumentParser
import CourantAPI
import Foundation

struct SubscriberContact: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Write down that you have met somebody or had a reply: their term begins anew.",
        discussion: """
            EXAMPLES:
              courant subscriber contact ann@example.org
              courant subscriber contact ann@example.org --list partners --at 2026-03-01T10:00
            """)

    @Argument(help: Address.help)
    var address: Address

    @Option(name: .long, help: "On this list alone.")
    var list: Slug?

    @Option(name: .long, help: "When it was, if not now.")
    var at: Schedule?

    @OptionGroup var output: Output

    func run() async throws {
        let time = try at.map { try $0.past(now: Date()) }
        let done = try await APIClient.current()
            .noteContact(NoteContact(address: address.read(), list: list?.description, at: time))
        try output.console.report(
            done, as: "\(output.console.margin.tick) Written down for \(done.changed.counted("subscription")).")
    }
}
