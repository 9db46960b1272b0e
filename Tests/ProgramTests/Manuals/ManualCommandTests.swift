import CourantTesting
import Foundation
import Testing

/// Every command that the programs know is told of in a manual, and no other.
@Suite struct ManualCommandTests {
    private struct Help: Decodable {
        struct Command: Decodable {
            let commandName: String
            let subcommands: [Command]?
            let shouldDisplay: Bool

            /// `courant list ls`, of each that has none below it.
            func paths(_ above: String = "") -> [String] {
                guard shouldDisplay, commandName != "help" else { return [] }
                let path = above + commandName
                return subcommands?.flatMap { $0.paths("\(path) ") } ?? [path]
            }
        }
        let command: Command
    }

    @Test(arguments: ["courant", "courantd"]) func `every command is told of in a manual`(_ name: String) async throws {
        try await withFolder { home in
            let help = try await Program(Program.built(name), ["--experimental-dump-help"], in: home).ended()
            let paths = try JSONDecoder().decode(Help.self, from: Data(help.out.utf8)).command.paths()
            let manuals = Manual.all.map { $0.lines.joined(separator: "\n") }.joined()
            for path in paths {
                #expect(manuals.contains(try Regex("\(path)(?![a-z-])")), "\(path) is in no manual")
            }
            #expect(paths.count > 10)
        }
    }
}
