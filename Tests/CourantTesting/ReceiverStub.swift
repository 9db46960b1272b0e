import Foundation
import Synchronization

/// A receiver of events on loopback, over plain sockets: it answers as a test wants, or badly, dies, and comes back on
/// the same port.
package final class ReceiverStub: Sendable {
    /// What came.
    package struct Call: Sendable {
        package let headers: [String: String]
        package let body: [UInt8]

        package var id: String { headers["webhook-id"] ?? "" }
        package var text: String { String(decoding: body, as: UTF8.self) }
        package var type: String { (json["type"] as? String ?? "").replacing("subscription.", with: "") }
        package var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        }
        package func data(_ key: String) -> String? { (json["data"] as? [String: Any])?[key] as? String }
        package var subscription: String { data("subscription") ?? "" }
    }

    package enum Answer: Sendable {
        case status(Int)
        case redirect(to: String)
        /// 200, and behind it so many bytes.
        case large(Int)
        /// Nothing, for as long as the caller waits.
        case silence
        /// The connection ends.
        case nothing
    }

    private struct State {
        var listener: ListeningSocket?
        var calls: [Call] = []
        var underWay = 0
        var most = 0
        var answer: @Sendable (Call) -> Answer
    }

    package let port: Int
    private let state: Mutex<State>

    package init(_ answer: @escaping @Sendable (Call) -> Answer = { _ in .status(204) }) throws {
        let listener = try ListeningSocket(port: 0)
        port = listener.port
        state = Mutex(State(listener: listener, answer: answer))
        serve(listener)
    }

    deinit { state.withLock { $0.listener?.close() } }

    package var url: String { "http://127.0.0.1:\(port)/events" }
    package var calls: [Call] { state.withLock(\.calls) }
    /// Calls that were under way at once.
    package var most: Int { state.withLock(\.most) }

    package func answer(_ answer: @escaping @Sendable (Call) -> Answer) { state.withLock { $0.answer = answer } }

    /// Nobody listens any more, and who is connected is not.
    package func die() {
        state.withLock { state in
            state.listener?.close()
            state.listener = nil
        }
    }

    package func comeBack() throws {
        let listener = try ListeningSocket(port: port)
        state.withLock { $0.listener = listener }
        serve(listener)
    }

    private func serve(_ listener: ListeningSocket) {
        let thread = Thread { [weak self] in
            while let connection = listener.accept() {
                guard let self else { return connection.end() }
                Thread { self.serve(connection) }.start()
            }
        }
        thread.name = "receiver"
        thread.start()
    }

    private func serve(_ connection: ReceiverConnection) {
        defer { connection.end() }
        while let call = connection.call() {
            let answer = state.withLock { state in
                state.calls.append(call)
                state.underWay += 1
                state.most = max(state.most, state.underWay)
                return state.answer
            }(call)
            let goesOn = connection.give(answer)
            state.withLock { $0.underWay -= 1 }
            guard goesOn else { return }
        }
    }
}

/// Closing it ends its connections too.
private final class ListeningSocket: Sendable {
    private let descriptor: Int32
    private let connections = Mutex<(isClosed: Bool, all: [ReceiverConnection])>((false, []))
    let port: Int

    init(port: Int) throws {
        let socket = try Socket.listening(on: port, reusing: true)
        descriptor = dup(socket.number)
        self.port = socket.port
    }

    deinit { _ = Foundation.close(descriptor) }

    func accept() -> ReceiverConnection? {
        let accepted = Foundation.accept(descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        let connection = ReceiverConnection(accepted)
        return connections.withLock { connections in
            guard !connections.isClosed else { return nil }
            connections.all.append(connection)
            return connection
        }
    }

    func close() {
        connections.withLock { connections in
            connections.isClosed = true
            for connection in connections.all { connection.end() }
        }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}

private final class ReceiverConnection: Sendable {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func more(_ bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        bytes += buffer[..<count]
        return true
    }

    func call() -> ReceiverStub.Call? {
        var bytes: [UInt8] = []
        while true {
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let lines = head.components(separatedBy: "\r\n").dropFirst()
                let headers = lines.reduce(into: [String: String]()) { headers, line in
                    let halves = line.split(separator: ":", maxSplits: 1).map(String.init)
                    guard halves.count == 2 else { return }
                    headers[halves[0].lowercased()] = halves[1].trimmingCharacters(in: .whitespaces)
                }
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                while bytes.count < end.upperBound + length { guard more(&bytes) else { return nil } }
                return ReceiverStub.Call(
                    headers: headers, body: Array(bytes[end.upperBound..<(end.upperBound + length)]))
            }
            guard more(&bytes) else { return nil }
        }
    }

    /// Whether the connection goes on.
    func give(_ answer: ReceiverStub.Answer) -> Bool {
        switch answer {
        case .status(let status):
            return say("HTTP/1.1 \(status) X\r\n\(status == 204 ? "" : "Content-Length: 0\r\n")\r\n")
        case .redirect(let url): return say("HTTP/1.1 301 X\r\nLocation: \(url)\r\nContent-Length: 0\r\n\r\n")
        case .large(let count):
            _ = say("HTTP/1.1 200 X\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count))
            return false
        case .silence:
            var bytes: [UInt8] = []
            while more(&bytes) {}
            return false
        case .nothing: return false
        }
    }

    private func say(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}
