import ArgumentParser
import CourantAPI

struct BouncesRelease: OutputCommand {
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
        let (client, found) = try await decision.ask("release", "written to again", console)
        let done = try await client.release(found)
        try console.report(done, as: "\(console.margin.tick) Released: \(done.changed.counted("subscription")).")
    }
}
