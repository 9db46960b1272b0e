import CourantTesting
import Foundation
import Testing

/// Somebody who reads a manual from its beginning and types what it says, on a terminal: with the programs in their path, the
/// source at `~/courant`, and an answer to each question.
final class ManualReader {
    let home: URL
    /// Where they type.
    var folder: URL
    /// The example's words, and what stands in their place here.
    var replacements: [(String, String)] = []
    /// What they sign in with.
    var token = ""
    var environment: [String: String] = ["NO_COLOR": "1"]
    /// What goes on running.
    private(set) var service: Program?

    /// Commands that do not end by themselves.
    private static let lasting = ["courantd serve", "./scripts/demo"]

    init(_ home: URL) throws {
        (self.home, folder) = (home, home.appending(path: "srv"))
        let (files, bin) = (FileManager.default, home.appending(path: "bin"))
        for folder in [folder, bin] { try files.createDirectory(at: folder, withIntermediateDirectories: true) }
        try files.createSymbolicLink(at: home.appending(path: "courant"), withDestinationURL: .repository)
        for name in ["courantd", "courant"] {
            try files.createSymbolicLink(
                atPath: bin.appending(path: name).path, withDestinationPath: Program.built(name))
        }
        // It is built already, and this very build is under test.
        let built = URL(filePath: Program.built("courantd")).deletingLastPathComponent().path
        try script("swift", "case \"$*\" in *--show-bin-path*) echo \"\(built)\" ;; esac")
    }

    deinit { service?.signal(SIGKILL) }

    /// A program of their own, in their path.
    func script(_ name: String, _ lines: String) throws {
        let path = home.appending(path: "bin/\(name)").path
        _ = FileManager.default.createFile(
            atPath: path, contents: Data("#!/bin/sh\n\(lines)\n".utf8), attributes: [.posixPermissions: 0o755])
    }

    /// `before` is what happens meanwhile, or what the prose asks for.
    func read(_ blocks: some Sequence<Manual.Block>, before: (Manual.Block) async throws -> Void = { _ in })
        async throws
    {
        for block in blocks {
            if let file = block.file { try Data(block.text.utf8).write(to: folder.appending(path: file)) }
            guard block.language == "sh", block.excuse == nil else { continue }
            try await before(block)
            try await type(block)
        }
    }

    private func type(_ block: Manual.Block) async throws {
        var lines = block.text.split(separator: "\n").map(String.init)
        let last = lines.last.flatMap { Self.lasting.contains($0) ? $0 : nil }
        if last != nil { lines.removeLast() }
        let run = try await run(lines.joined(separator: "\n"))
        try #require(run.code == 0, "line \(block.line): \(lines)\n\(run.screen)")
        if let last { try start(last) }
    }

    /// Variables stay from block to block, as in one shell.
    @discardableResult func run(_ text: String) async throws -> (screen: String, code: Int32) {
        let script = """
            umask 027
            [ -f "$HOME/variables" ] && . "$HOME/variables"
            set -ea
            \(replaced(text))
            export -p > "$HOME/variables"
            """
        let terminal = try CourantTerminal(
            "/bin/bash", ["-c", script], environment: surroundings, workingDirectory: folder)
        return await terminal.end { self.answer($0) }
    }

    func start(_ line: String) throws {
        service = try Program(
            "/bin/sh", ["-c", "umask 027\nexec \(replaced(line))"], in: home, environment: surroundings,
            workingDirectory: folder)
    }

    func stop() async throws {
        service?.signal(SIGTERM)
        #expect(try await service?.ended().code == 0)
    }

    private var surroundings: [String: String] {
        let path = "\(home.path)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
        // Where the client keeps its login, which is not the source.
        let own = ["PATH": path, "XDG_CONFIG_HOME": home.appending(path: "kept").path]
        return CourantRun.environment(nil, home: home, own.merging(environment) { $1 })
    }

    private func replaced(_ text: String) -> String {
        replacements.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// The token, the number that was shown, or yes.
    private func answer(_ screen: String) -> String? {
        if screen.hasSuffix("(not shown): ") { return token }
        if screen.hasSuffix(" [y/N] ") { return "y" }
        return screen.firstMatch(of: /Type (\S+) [^\n]*: $/).map { String($0.1) }
    }
}
