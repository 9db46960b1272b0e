import CourantTesting
import Foundation
import Synchronization
import Testing

/// A program under test while it runs: what it says goes to files, so that nothing has to be read for it to go on, and it
/// ends at the latest with the test that started it.
final class Program: Sendable {
    let out: URL
    let err: URL
    let pid: pid_t
    private let ending = Ending()

    init(
        _ path: String, _ arguments: [String], in home: URL, environment: [String: String] = [:], stdin: String = "",
        workingDirectory: URL? = nil
    ) throws {
        let streams = home.appending(path: "streams-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
        (out, err) = (streams.appending(path: "out"), streams.appending(path: "err"))
        let input = streams.appending(path: "in")
        for (file, text) in [(out, ""), (err, ""), (input, stdin)] { try Data(text.utf8).write(to: file) }
        let process = Subprocess()
        process.line.executableURL = URL(filePath: path)
        process.line.arguments = arguments
        process.line.environment = CourantRun.environment(nil, home: home, environment)
        process.line.currentDirectoryURL = workingDirectory ?? home
        let files = [
            try FileHandle(forReadingFrom: input), try FileHandle(forWritingTo: out), try FileHandle(forWritingTo: err),
        ]
        (process.line.standardInput, process.line.standardOutput, process.line.standardError) = (
            files[0], files[1], files[2]
        )
        process.line.whenEnded = { [ending] in ending.note($0) }
        try process.start()
        pid = process.processIdentifier
        // The program has its own.
        for file in files { try file.close() }
    }

    deinit { if ending.code == nil { kill(pid, SIGKILL) } }

    /// Nil while it runs; negative where a signal ended it.
    var code: Int32? { ending.code }
    var saidOut: String { (try? String(contentsOf: out, encoding: .utf8)) ?? "" }
    var saidErr: String { (try? String(contentsOf: err, encoding: .utf8)) ?? "" }

    func signal(_ signal: Int32) { kill(pid, signal) }

    func ended(within limit: Duration = .seconds(120)) async throws -> CourantRun {
        try await eventually("the program ends", within: limit) { self.code != nil }
        return CourantRun(out: saidOut, err: saidErr, code: code ?? -1)
    }

    /// Built beside the tests' own bundle.
    static func built(_ name: String) -> String {
        URL(filePath: CourantRun.program).deletingLastPathComponent().appending(path: name).path
    }
}

private final class Ending: Sendable {
    private let ended = Mutex<Int32?>(nil)
    var code: Int32? { ended.withLock { $0 } }
    func note(_ code: Int32) { ended.withLock { $0 = code } }
}
