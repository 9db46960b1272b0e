import Foundation
import Synchronization

/// Writes the log's lines to standard output, on a thread of its own: whoever logs waits for nobody, and where nobody reads
/// the log the service goes on. So many lines wait at the most; what is dropped beyond that is counted, and said as soon as it
/// flows again. A normal end waits for the last line.
final class LogWriter: Sendable {
    /// Bytes that may wait.
    static let room = 4 * 1024 * 1024
    /// At the end, a reader who takes nothing is waited for so long.
    static let patience: Duration = .seconds(2)

    private let descriptor: Int32
    /// Says that so many lines are missing.
    private let gap: @Sendable (Int) -> Data
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let written = Atomic(0)

    private struct State {
        var lines: [Data] = []
        var bytes = 0
        var dropped = 0
        var hasWork = false
        /// Who waits until all of it is written.
        var ends: [DispatchSemaphore] = []
    }

    init(_ descriptor: Int32, gap: @escaping @Sendable (Int) -> Data) {
        self.descriptor = descriptor
        self.gap = gap
        let thread = Thread { self.run() }
        thread.name = "log"
        thread.start()
    }

    func write(_ line: Data) {
        let isNew = state.withLock { state in
            guard state.bytes + line.count <= Self.room else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            state.bytes += line.count
            defer { state.hasWork = true }
            return !state.hasWork
        }
        if isNew { work.signal() }
    }

    /// Returns once everything is written, or nobody takes it.
    func finish() {
        let end = DispatchSemaphore(value: 0)
        state.withLock {
            $0.ends.append(end)
            $0.hasWork = true
        }
        work.signal()
        var before = written.load(ordering: .relaxed)
        while end.wait(timeout: .now() + Self.patience / .seconds(1)) == .timedOut {
            let now = written.load(ordering: .relaxed)
            if now == before { return }
            before = now
        }
    }

    // MARK: The thread

    private func run() {
        while true {
            work.wait()
            let taken = state.withLock { state in
                defer { state = State() }
                return state
            }
            var lost = taken.lines.count { !put($0) } + taken.dropped
            if lost > 0, put(gap(lost)) { lost = 0 }
            if lost > 0 { state.withLock { $0.dropped += lost } }
            for end in taken.ends { end.signal() }
        }
    }

    /// Where it cannot be written (a full disk, a reader that is gone), the service goes on.
    private func put(_ line: Data) -> Bool {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                    written.wrappingAdd(count, ordering: .relaxed)
                } else if errno == EAGAIN {
                    // Somebody else has the same terminal or pipe, and does not wait.
                    var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&place, 1, 1_000)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}
