import CCurl
import Foundation

/// Asks an HTTP server as often as it can, or at a rate, over connections that are kept: one thread, nothing remembered
/// but when each answer came.
package final class HTTPLoad {
    package struct Order {
        let bytes: [UInt8]
        let tag: Int

        package init(_ bytes: [UInt8], tag: Int = 0) { (self.bytes, self.tag) = (bytes, tag) }
    }

    package struct Answer: Sendable {
        package let tag: Int
        package let status: Int
        /// Nanoseconds, from when the request was due.
        package let latency: UInt64
        /// Nanoseconds since 1970, by the kernel.
        package let at: UInt64
    }

    private final class Connection {
        let descriptor: Int32
        var order: Order?
        var due: UInt64 = 0
        var input: [UInt8] = []

        init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    private let port: Int
    private let interval: UInt64
    private let next: () -> Order?
    private let set = cready_open()
    private var connections: [Int32: Connection] = [:]
    private var idle: [Connection] = []
    private var answers: [Answer] = []
    private var isDone = false
    private var nextDue = monotonicClock()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    /// `rate` is requests a second, 0 for as many as there can be; `next` gives requests until there are no more.
    package init(port: Int, connections count: Int, rate: Double = 0, next: @escaping () -> Order?) throws {
        (self.port, self.next) = (port, next)
        interval = rate > 0 ? UInt64(1e9 / rate) : 0
        for _ in 0..<count { idle.append(try open()) }
    }

    deinit {
        buffer.deallocate()
        close(set)
    }

    private func open() throws -> Connection {
        guard let descriptor = Sockets.connection(port: port) else { throw TrialFailure("nobody listens at \(port)") }
        Sockets.stamp(descriptor)
        let connection = Connection(descriptor)
        connections[descriptor] = connection
        cready_watch(set, descriptor, false, true)
        return connection
    }

    /// Blocks until there are no more requests and everything is answered.
    package func run() throws -> [Answer] {
        var events = [cready_event](repeating: cready_event(), count: 64)
        while true {
            ask()
            if isDone, idle.count == connections.count { return answers }
            wait()
            let count = Int(cready_take(set, &events, Int32(events.count)))
            for index in 0..<max(0, count) {
                if let connection = connections[events[index].socket] { try read(connection) }
            }
        }
    }

    private func ask() {
        let now = monotonicClock()
        while !isDone, interval == 0 || nextDue <= now, let connection = idle.popLast() {
            guard let order = next() else {
                isDone = true
                return idle.append(connection)
            }
            connection.order = order
            connection.due = interval == 0 ? now : nextDue
            nextDue += interval
            _ = order.bytes.withUnsafeBytes { send(connection.descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    private func wait() {
        var milliseconds = 1000
        if interval > 0, !isDone, !idle.isEmpty {
            let now = monotonicClock()
            milliseconds = nextDue <= now ? 0 : Int((nextDue - now) / 1_000_000) + 1
        }
        var set = pollfd(fd: set, events: Int16(POLLIN), revents: 0)
        poll(&set, 1, Int32(milliseconds))
    }

    private func read(_ connection: Connection) throws {
        guard let base = buffer.baseAddress else { return }
        var stamp: UInt64 = 0
        let count = Sockets.receive(connection.descriptor, base, buffer.count, stamp: &stamp)
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { return try lose(connection) }
        connection.input.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        guard let status = Self.statusIfComplete(connection.input) else { return }
        connection.input.removeAll(keepingCapacity: true)
        finish(connection, status: status, at: stamp)
        idle.append(connection)
    }

    /// Counted as status 0; another connection takes its place.
    private func lose(_ connection: Connection) throws {
        connections[connection.descriptor] = nil
        idle.removeAll { $0 === connection }
        finish(connection, status: 0, at: wallClock())
        idle.append(try open())
    }

    private func finish(_ connection: Connection, status: Int, at stamp: UInt64) {
        guard let order = connection.order else { return }
        connection.order = nil
        answers.append(Answer(tag: order.tag, status: status, latency: monotonicClock() - connection.due, at: stamp))
    }

    /// The status of a whole answer; nil while some of it is missing. The server that is measured shares the machine: so
    /// no text is made of it.
    private static func statusIfComplete(_ input: [UInt8]) -> Int? {
        guard let end = end(of: headEnd, in: input, from: 0), input.count > 12 else { return nil }
        let length = Self.end(of: lengthName, in: input, from: 0).map { number(in: input, from: $0) } ?? 0
        guard input.count >= end + length else { return nil }
        return number(in: input, from: 9)
    }

    /// Where `text`, in small letters, ends for the first time, whatever the case.
    private static func end(of text: [UInt8], in input: [UInt8], from start: Int) -> Int? {
        guard input.count >= text.count else { return nil }
        for place in start...(input.count - text.count) where small(input[place]) == text[0] {
            var length = 1
            while length < text.count, small(input[place + length]) == text[length] { length += 1 }
            if length == text.count { return place + length }
        }
        return nil
    }

    private static func small(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }

    private static func number(in input: [UInt8], from start: Int) -> Int {
        input[start...].drop { $0 == 0x20 }.prefix { 0x30...0x39 ~= $0 }.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let lengthName = Array("content-length:".utf8)
}

extension [HTTPLoad.Answer] {
    /// Milliseconds within which this share of the answers came.
    package func percentile(_ share: Double) -> Double {
        let sorted = map(\.latency).sorted()
        guard !sorted.isEmpty else { return 0 }
        return Double(sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1e6
    }
}

extension HTTPLoad.Order {
    /// A POST of a form.
    package static func form(_ path: String, _ fields: String, tag: Int = 0) -> HTTPLoad.Order {
        HTTPLoad.Order(
            Array(
                """
                POST \(path) HTTP/1.1\r
                Host: localhost\r
                Content-Type: application/x-www-form-urlencoded\r
                Content-Length: \(fields.utf8.count)\r
                \r
                \(fields)
                """.utf8), tag: tag)
    }
}
