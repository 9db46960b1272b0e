package import Foundation
import Synchronization
import TestSupport

/// A program that a test starts, in the words of Foundation's `Process`, which crashes now and then where many threads start
/// programs. It inherits nothing but its three streams; signals are as a shell would leave them.
package final class Subprocess: Sendable {
    /// What it is started with.
    package struct Line: Sendable {
        package var executableURL: URL?
        package var arguments: [String] = []
        /// Nil: ours.
        package var environment: [String: String]?
        package var currentDirectoryURL: URL?
        /// Nil: ours.
        package var standardInput: FileHandle?
        package var standardOutput: FileHandle?
        package var standardError: FileHandle?
        /// Called with its exit code, or the negative of the signal that ended it.
        package var whenEnded: (@Sendable (Int32) -> Void)?
    }

    private struct State {
        var line = Line()
        var process: pid_t = 0
        var status: Int32?
    }

    private let state = Mutex(State())
    private let ended = DispatchGroup()

    package init() {}

    private static let turn = Mutex(())

    /// While no program starts: a descriptor that is made and marked in here gets into no other program, which would keep the
    /// other end waiting for as long as it lives.
    package static func alone<Result>(_ body: () throws -> sending Result) rethrows -> Result {
        try turn.withLock { _ in try body() }
    }

    package convenience init(_ path: String, _ arguments: [String]) {
        self.init()
        state.withLock { ($0.line.executableURL, $0.line.arguments) = (URL(filePath: path), arguments) }
    }

    package var line: Line {
        get { state.withLock { $0.line } }
        set { state.withLock { $0.line = newValue } }
    }

    package var processIdentifier: pid_t { state.withLock { $0.process } }

    /// Its exit code, or the negative of the signal that ended it; meaningless while it runs.
    package var terminationStatus: Int32 { state.withLock { $0.status } ?? 0 }

    package func waitUntilExit() { ended.wait() }

    package func start() throws {
        let line = line
        let process = try Self.alone { try line.spawn() }
        state.withLock { $0.process = process }
        ended.enter()
        let thread = Thread { [self] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7F
            let code = signal == 0 ? (status >> 8) & 0xFF : -signal
            state.withLock { $0.status = code }
            ended.leave()
            line.whenEnded?(code)
        }
        thread.stackSize = 1 << 18
        thread.start()
    }

    /// Runs it to its end and returns what it printed; whatever it complained of is thrown where it failed.
    package func output() async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try self.outputNow() })
            }
        }
    }

    /// The same, in whose way nothing else waits.
    package func outputNow() throws -> Data {
        let said = Self.alone {
            let pipe = Pipe()
            for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] { endAtExec(end.fileDescriptor) }
            return pipe
        }
        let complained = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        _ = FileManager.default.createFile(atPath: complained.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: complained) }
        if line.standardInput == nil { line.standardInput = .nullDevice }
        line.standardOutput = said.fileHandleForWriting
        line.standardError = try FileHandle(forWritingTo: complained)
        try start()
        try said.fileHandleForWriting.close()
        let data = try said.fileHandleForReading.readToEnd() ?? Data()
        waitUntilExit()
        guard terminationStatus == 0 else {
            throw TestFailure("\(line.arguments): \(try String(contentsOf: complained, encoding: .utf8))")
        }
        return data
    }
}

/// No program that is started has it.
package func endAtExec(_ descriptor: Int32) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

extension Subprocess.Line {
    fileprivate func spawn() throws -> pid_t {
        #if canImport(Darwin)
            let flags = Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #else
            let flags: Int32 = 0
        #endif
        return try TestSupport.spawn(words, environment ?? ProcessInfo.processInfo.environment, flags: flags) {
            actions in
            for (number, stream) in [standardInput, standardOutput, standardError].enumerated() {
                guard let stream else { continue }
                posix_spawn_file_actions_adddup2(&actions, stream.fileDescriptor, Int32(number))
            }
            #if canImport(Darwin)
                for number in 0...2 { posix_spawn_file_actions_addinherit_np(&actions, Int32(number)) }
            #else
                for number in openDescriptors() { posix_spawn_file_actions_addclose(&actions, number) }
            #endif
        }
    }

    /// In another folder by `env`: not every system's spawn goes to one.
    fileprivate var words: [String] {
        let own = [executableURL?.path ?? ""] + arguments
        return currentDirectoryURL.map { ["/usr/bin/env", "-C", $0.path] + own } ?? own
    }
}

/// But for the standard streams. One that is closed meanwhile does no harm.
private func openDescriptors() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { Int32($0) }.filter { $0 > 2 }
}
