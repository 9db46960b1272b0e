import ArgumentParser
import CourantAPI

struct BouncesErase: OutputCommand {
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
        let (client, found) = try await decision.ask("erase", "erased for good", console)
        let done = try await client.eraseHeld(found)
        try console.report(done, as: "\(console.margin.tick) Erased: \(done.changed.counted("subscription")).")
    }
}
