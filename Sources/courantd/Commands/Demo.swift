import ArgumentParser
import Foundation
import Wiring

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run the whole of it on a throwaway directory, with a mailbox in place of a relay.",
        discussion: "Nothing leaves this machine, and nothing is left when it ends.")

    @Option(help: "The port to serve on.") var port = 8080

    func run() async throws {
        try await exiting {
            try await Demo.prepare(port: port).serve {
                try? FileHandle.standardOutput.write(contentsOf: Data($0.text.utf8))
            }
        }
    }
}

extension Demo.Banner {
    fileprivate var text: String {
        """

          Courant is running. Nothing leaves this machine; Ctrl-C ends it and leaves nothing behind.

            Sign-up page   \(url)/
            Mailbox        \(url)/mailbox      every mail lands here

          To send a newsletter, in another terminal:

            export COURANT_URL=\(url) COURANT_TOKEN=\(token)
            \(client) send \(example) --list news

          To see whether it keeps its policy's word, sentence by sentence:

            \(daemon) promises --config \(settings)

        """
    }

    private var client: String { beside("courant") }
    private var daemon: String { beside("courantd") }

    /// A program built beside this one.
    private func beside(_ name: String) -> String {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: name).path
        return FileManager.default.isExecutableFile(atPath: beside) && beside.contains("/") ? beside : name
    }
}
