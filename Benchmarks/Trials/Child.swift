import Foundation
import Synchronization
import TestSupport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A measurement that could not be made, and why.
package struct TrialFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// A program that we started and that we end: by its id, and when it is let go at the latest.
///
/// Foundation's `Process` tells neither what the program cost nor lets it have its signals back: Swift's threads block
/// some, and children inherit that.
package final class Child: Sendable {
    package struct Ended: Sendable {
        /// The exit status, or minus the signal that ended it.
        package let status: Int32
        /// User and system.
        package let cpu: Duration
    }

    package let id: Int32
    private let ended = Mutex<Ended?>(nil)

    /// `core` pins the program to one of the machine's cores, where the system can do that. `output` is a file for what
    /// it prints.
    package init(
        _ program: String, _ arguments: [String], core: Int? = nil, environment: [String: String]? = nil,
        output: String = "/dev/null", errors: String? = nil
    ) throws {
        var words = [program] + arguments
        if let core, let taskset = Self.taskset { words = [taskset, "-c", String(core)] + words }
        id = try Self.living.withLock { living in
            let id = try Self.spawn(words, environment ?? ProcessInfo.processInfo.environment, output, errors)
            living.insert(id)
            return id
        }
    }

    private static let living = Mutex<Set<Int32>>([])

    /// Where somebody interrupts this program, what it has started ends with it.
    package static func endWithUs(_ cleanUp: @escaping @Sendable () -> Void) {
        interruptions.withLock { sources in
            sources = [SIGINT, SIGTERM].map { number in
                Foundation.signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { endAll(cleanUp, status: 128 + number) }
                source.resume()
                return source
            }
        }
    }

    private static let interruptions = Mutex<[any DispatchSourceSignal]>([])

    /// Nothing more is started: the lock stays taken.
    private static func endAll(_ cleanUp: () -> Void, status: Int32) {
        living.withLock { living in
            for id in living { kill(id, SIGKILL) }
            cleanUp()
            _exit(status)
        }
    }

    deinit {
        guard ended.withLock({ $0 == nil }) else { return }
        kill(id, SIGKILL)
        wait()
    }

    /// What a program prints that runs to its end; with what it says when it fails.
    static func output(of program: String, _ arguments: [String]) throws -> String {
        let (status, said) = try run(program, arguments)
        guard status == 0 else { throw TrialFailure("\(program): \(said)") }
        return said
    }

    /// Words by which a program says that it or its records are broken.
    static let alarming = ["malformed", "corrupt", "damaged", "Fatal error", "Crash", "not whole"]

    /// Runs a program to its end: its exit status, or minus the signal that ended it, and all that it printed.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil
    ) throws -> (status: Int32, said: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "courant-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let child = try Child(
            program, arguments, environment: environment, output: file.path, errors: file.path)
        let ended = child.wait()
        let said = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return (ended.status, said.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    package func signal(_ signal: Int32) { kill(id, signal) }

    /// Ends it and waits for that.
    package func end() {
        guard ended.withLock({ $0 == nil }) else { return }
        kill(id, SIGKILL)
        wait()
    }

    /// Blocks until the program has ended.
    @discardableResult package func wait() -> Ended {
        while true {
            if let ended = reap(0) { return ended }
        }
    }

    package var hasEnded: Bool { reap(WNOHANG) != nil }

    private func reap(_ options: Int32) -> Ended? {
        ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            var usage = rusage()
            guard wait4(id, &status, options, &usage) == id else { return nil }
            Self.living.withLock { _ = $0.remove(id) }
            let signal = status & 0x7F
            ended = Ended(status: signal == 0 ? (status >> 8) & 0xFF : -signal, cpu: usage.cpu)
            return ended
        }
    }

    private static let taskset = ["/usr/bin/taskset", "/bin/taskset"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static func spawn(
        _ words: [String], _ environment: [String: String], _ output: String, _ errors: String?
    ) throws -> pid_t {
        // Those that `endWithUs` takes for itself.
        try TestSupport.spawn(words, environment, signals: [SIGINT, SIGTERM]) { actions in
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            if let errors {
                posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            }
        }
    }
}

extension rusage {
    var cpu: Duration {
        .seconds(ru_utime.tv_sec + ru_stime.tv_sec) + .microseconds(Int(ru_utime.tv_usec) + Int(ru_stime.tv_usec))
    }

    /// What this process has cost so far.
    static var ofThisProcess: rusage {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
        #else
            getrusage(RUSAGE_SELF.rawValue, &usage)
        #endif
        return usage
    }
}

/// The most memory that this process ever had, in bytes. Not `ru_maxrss`: a child inherits its parent's.
package func peakMemory(of process: String = "self") -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return Int(rusage.ofThisProcess.ru_maxrss) }
    return kilobytes * 1024
}
