package import Foundation
import Synchronization

extension Process {
    package static func made(_ path: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        return process
    }

    /// Starts it, one at a time: Foundation's own `run` crashes now and then when several threads are in it.
    package func start() throws {
        try Self.turn.withLock { _ in try run() }
    }

    private static let turn = Mutex(())

    /// Runs it to its end and returns what it printed; whatever it complained of is thrown where it failed.
    package func output() async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try self.outputNow() })
            }
        }
    }

    private func outputNow() throws -> Data {
        let (said, complained) = (Pipe(), FileManager.default.temporaryDirectory.appending(path: UUID().uuidString))
        _ = FileManager.default.createFile(atPath: complained.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: complained) }
        standardInput = FileHandle.nullDevice
        standardOutput = said
        standardError = try FileHandle(forWritingTo: complained)
        try start()
        let data = try said.fileHandleForReading.readToEnd() ?? Data()
        waitUntilExit()
        guard terminationStatus == 0 else {
            throw TestFailure("\(arguments ?? []): \(try String(contentsOf: complained, encoding: .utf8))")
        }
        return data
    }
}
