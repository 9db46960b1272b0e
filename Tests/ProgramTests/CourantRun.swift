import CourantTesting
import Foundation
import Synchronization

/// The client as a shell starts it: the built program, its own folder for what it keeps, no terminal.
struct CourantRun: Sendable {
    let out: String
    let err: String
    let code: Int32

    /// Stands beside the tests' own bundle.
    static let program: String = {
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let program = folder.appendingPathComponent("courant").path
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: program, isDirectory: &isFolder), !isFolder.boolValue {
                return program
            }
            folder.deleteLastPathComponent()
        }
        return "courant"
    }()

    static func environment(_ url: String?, home: URL, _ more: [String: String] = [:]) -> [String: String] {
        var environment = [
            "HOME": home.path, "XDG_CONFIG_HOME": home.path, "TZ": "Europe/Oslo", "LANG": "C.UTF-8",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "TERM": "xterm-256color",
        ]
        environment["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
        if let url { environment.merge(["COURANT_URL": url, "COURANT_TOKEN": "tok"]) { $1 } }
        return environment.merging(more) { $1 }
    }
}

/// A folder for one test, gone with it.
func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("courant-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Runs `courant` to its end. `url` nil: not signed in. `file` is what `spring.md` holds.
func courant(
    _ arguments: [String], at url: String?, stdin: String = "", environment: [String: String] = [:],
    in home: URL? = nil, interruptedBy cue: (@Sendable () async -> Void)? = nil
) async throws -> CourantRun {
    guard let home else {
        return try await withFolder {
            try await courant(arguments, at: url, stdin: stdin, environment: environment, in: $0, interruptedBy: cue)
        }
    }
    let process = Subprocess()
    process.line.executableURL = URL(fileURLWithPath: CourantRun.program)
    process.line.arguments = arguments
    process.line.environment = CourantRun.environment(url, home: home, environment)
    process.line.currentDirectoryURL = home
    let files = try Files(in: home, stdin: stdin)
    (process.line.standardInput, process.line.standardOutput, process.line.standardError) = (
        files.input, files.out, files.err
    )
    let (ends, ended) = AsyncStream.makeStream(of: Int32.self)
    process.line.whenEnded = { ended.yield($0) }
    try process.start()
    try files.close()
    if let cue {
        await cue()
        kill(process.processIdentifier, SIGINT)
    }
    var code: Int32 = -1
    for await status in ends {
        code = status
        break
    }
    return CourantRun(out: try files.text(of: "stdout"), err: try files.text(of: "stderr"), code: code)
}

/// Files rather than pipes: nothing has to be read while it runs, so nothing can stand still.
private struct Files {
    let folder: URL
    let input: FileHandle
    let out: FileHandle
    let err: FileHandle

    init(in home: URL, stdin: String) throws {
        folder = home.appendingPathComponent("streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in [("stdin", stdin), ("stdout", ""), ("stderr", "")] {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        input = try FileHandle(forReadingFrom: folder.appendingPathComponent("stdin"))
        out = try FileHandle(forWritingTo: folder.appendingPathComponent("stdout"))
        err = try FileHandle(forWritingTo: folder.appendingPathComponent("stderr"))
    }

    /// The program has its own.
    func close() throws {
        for file in [input, out, err] { try file.close() }
    }

    func text(of name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }
}
