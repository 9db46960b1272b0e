import CCurl
import Foundation
import Synchronization

/// A captcha's provider, so many milliseconds away: it is content with everybody but who makes an answer up, as many at once
/// as may come.
package final class HTTPStub: Sendable {
    package let port: Int
    private let isStopped = Atomic(false)
    private let hasLeft = DispatchSemaphore(value: 0)

    private init(port: Int, delay: Duration) throws {
        signal(SIGPIPE, SIG_IGN)
        let (listener, port) = try Sockets.listener(port: port)
        self.port = port
        let thread = Thread { [self] in
            HTTPStubLoop(listener, delay: UInt64(delay / .nanoseconds(1))).run {
                isStopped.load(ordering: .acquiring)
            }
            hasLeft.signal()
        }
        thread.name = "stub"
        thread.start()
    }

    /// `siteverify` as reCAPTCHA says it, solved just now.
    package static func captcha(port: Int = 0, delay: Duration) throws -> HTTPStub {
        try HTTPStub(port: port, delay: delay)
    }

    package func stop() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        hasLeft.wait()
    }
}

private final class HTTPStubLoop {
    private let listener: Int32
    private let delay: UInt64
    private var answer: (bytes: [UInt8], made: UInt64) = ([], 0)
    private let refusal = HTTPStubLoop.bytes(#"{"success":false,"error-codes":["invalid-input-response"]}"#)
    private let set = cready_open()
    private var clients: Set<Int32> = []
    private var owed: [(due: UInt64, client: Int32, isMadeUp: Bool)] = []
    private var events = [cready_event](repeating: cready_event(), count: 64)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    init(_ listener: Int32, delay: UInt64) {
        (self.listener, self.delay) = (listener, delay)
        cready_watch(set, listener, false, true)
    }

    deinit {
        clients.forEach { close($0) }
        close(listener)
        close(set)
        buffer.deallocate()
    }

    func run(until isStopped: () -> Bool) {
        while !isStopped() {
            let now = monotonicClock()
            let milliseconds = owed.first.map { $0.due <= now ? 0 : Int32(($0.due - now) / 1_000_000) + 1 } ?? 100
            var ready = pollfd(fd: set, events: Int16(POLLIN), revents: 0)
            poll(&ready, 1, min(milliseconds, 100))
            let count = Int(cready_take(set, &events, Int32(events.count)))
            for index in 0..<max(0, count) { serve(events[index].socket) }
            pay()
        }
    }

    private func serve(_ socket: Int32) {
        guard socket != listener else {
            while let client = Sockets.accepted(by: listener) {
                clients.insert(client)
                cready_watch(set, client, false, true)
            }
            return
        }
        let count = recv(socket, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            // A request is small and comes in one piece, but for its body, which ends where its last field does.
            guard buffer[count - 1] != 0x0A else { return }
            let isMadeUp = buffer[..<count].firstRange(of: Self.madeUp) != nil
            owed.append((monotonicClock() + delay, socket, isMadeUp))
        } else if count == 0 || errno != EAGAIN {
            clients.remove(socket)
            owed.removeAll { $0.client == socket }
            close(socket)
        }
    }

    private func pay() {
        let now = monotonicClock()
        if answer.made == 0 || now - answer.made > 1_000_000_000 { answer = (Self.consent(), now) }
        var paid = 0
        while paid < owed.count, owed[paid].due <= now {
            let bytes = owed[paid].isMadeUp ? refusal : answer.bytes
            _ = bytes.withUnsafeBytes { send(owed[paid].client, $0.baseAddress, $0.count, 0) }
            paid += 1
        }
        if paid > 0 { owed.removeFirst(paid) }
    }

    /// What programs send that want to know whether anything passes.
    private static let madeUp = Array("made-up".utf8)

    private static func consent() -> [UInt8] {
        bytes(#"{"success":true,"hostname":"localhost","challenge_ts":"\#(Date.now.formatted(.iso8601))"}"#)
    }

    private static func bytes(_ body: String) -> [UInt8] {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8)
    }
}
