import ArgumentParser
import CourantAPI

struct VersionCommand: OutputCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show this program's version.")

    @OptionGroup var output: Output

    func run() async throws {
        try output.console.show(["version": Release.version], as: "courant \(Release.version)")
    }
}
