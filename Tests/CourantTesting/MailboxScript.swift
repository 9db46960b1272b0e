import Foundation
import Synchronization

/// A server on loopback that says what a test wants it to say: each connection is a thread's, which runs `speak`.
package final class LineServer: Sendable {
    private let socket: Socket
    private let hung: Gate
    private let open = Mutex<[Socket]>([])
    private let isOver = Atomic(false)

    package var port: Int { socket.port }

    package init(_ speak: @escaping @Sendable (LineConversation) -> Void) throws {
        socket = try Socket.listening()
        hung = Gate()
        let (socket, hung) = (socket, hung)
        onThread { [weak self] in
            while let accepted = socket.accept() {
                guard let self, !self.isOver.load(ordering: .relaxed) else { return }
                self.open.withLock { $0.append(accepted) }
                onThread {
                    speak(LineConversation(accepted, hung))
                    accepted.close()
                }
            }
        }
    }

    deinit {
        isOver.store(true, ordering: .relaxed)
        hung.open()
        socket.shutDown()
        open.withLock { $0 }.forEach { $0.shutDown() }
    }
}

/// The server's side of a connection.
package final class LineConversation {
    private let socket: Socket
    private let hung: Gate
    private var bytes: [UInt8] = []

    fileprivate init(_ socket: Socket, _ hung: Gate) {
        self.socket = socket
        self.hung = hung
    }

    /// Without its end; nil where the other side has gone.
    package func line() -> String? {
        while true {
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                defer { bytes.removeSubrange(...end) }
                return String(decoding: bytes[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            }
            guard let more = socket.read() else { return nil }
            bytes += more
        }
    }

    @discardableResult package func say(_ text: String) -> Bool { socket.write(Array(text.utf8)) }
    package func close() { socket.close() }
    /// Says nothing any more.
    package func hang() { hung.wait() }
}

/// An IMAP server of few words, with a mailbox in memory. What it lies about, `lie` says: it sees each command first, and where it
/// returns something, that is said instead of the truth (`TAG` stands for the command's tag).
package final class IMAPStub: Sendable {
    package struct Mail: Sendable, Equatable {
        package let uid: Int
        package let content: String
        package var isDeleted = false

        package init(_ uid: Int, _ content: String) {
            self.uid = uid
            self.content = content
        }
    }

    package struct State: Sendable {
        package var mails: [Mail]
        package var validity = 7
        package var abilities = "IMAP4rev1 UIDPLUS AUTH=PLAIN SASL-IR"
        package var commands: [String] = []
    }

    package enum Lie: Sendable {
        case say(String)
        /// Then nothing, for ever.
        case hang(String)
        /// Then it is gone.
        case leave(String)

        fileprivate var text: String {
            switch self {
            case .say(let text), .hang(let text), .leave(let text): text
            }
        }
    }

    package typealias Liar = @Sendable (_ command: String, _ state: inout State) -> Lie?

    private let server: LineServer
    private let shared: Shared

    private final class Shared: Sendable {
        let state: Mutex<State>
        let lie: Liar

        init(_ state: State, _ lie: @escaping Liar) {
            self.state = Mutex(state)
            self.lie = lie
        }
    }

    package var port: Int { server.port }
    package var state: State { shared.state.withLock { $0 } }
    package func change(_ body: (inout sending State) -> Void) { shared.state.withLock { body(&$0) } }

    package init(_ mails: [Mail], lie: @escaping Liar = { _, _ in nil }) throws {
        let shared = Shared(State(mails: mails), lie)
        self.shared = shared
        server = try LineServer { Self.speak($0, shared) }
    }

    private static func speak(_ conversation: LineConversation, _ shared: Shared) {
        conversation.say("* OK [CAPABILITY \(shared.state.withLock { $0.abilities })] ready\r\n")
        while let line = conversation.line() {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard words.count == 2 else { continue }
            let (lie, truth) = shared.state.withLock { state in
                state.commands.append(words[1])
                let lie = shared.lie(words[1], &state)
                return (lie, lie == nil ? answer(to: words[1], &state) : "")
            }
            let text = lie?.text ?? truth
            guard conversation.say(text.replacingOccurrences(of: "TAG", with: words[0])) else { return }
            switch lie {
            case .hang: return conversation.hang()
            case .leave: return
            case .say, nil: if words[1].hasPrefix("LOGOUT") { return }
            }
        }
    }

    private static func answer(to command: String, _ state: inout State) -> String {
        let words = command.split(separator: " ").map(String.init)
        switch words[0] {
        case "CAPABILITY": return "* CAPABILITY \(state.abilities)\r\nTAG OK done\r\n"
        case "SELECT", "EXAMINE":
            return
                "* \(state.mails.count) EXISTS\r\n* OK [UIDVALIDITY \(state.validity)] valid\r\nTAG OK [READ-WRITE] done\r\n"
        case "FETCH":
            let numbers = numbers(words[1], last: state.mails.count)
            let lines = numbers.filter { (1...max(1, state.mails.count)).contains($0) && $0 <= state.mails.count }.map {
                number in
                let mail = state.mails[number - 1]
                return "* \(number) FETCH (FLAGS (\(mail.isDeleted ? "\\Deleted" : "")) UID \(mail.uid))\r\n"
            }
            return lines.joined() + "TAG OK done\r\n"
        case "UID": return answer(toUID: Array(words.dropFirst()), &state)
        case "EXPUNGE": return expunge({ _ in true }, &state)
        default: return "TAG OK done\r\n"
        }
    }

    private static func answer(toUID words: [String], _ state: inout State) -> String {
        if words[0] == "SEARCH" {
            let found = state.mails.filter(\.isDeleted).map { " \($0.uid)" }
            return "* SEARCH\(found.joined())\r\nTAG OK done\r\n"
        }
        let uids = Set(numbers(words[1], last: state.mails.last?.uid ?? 0))
        switch words[0] {
        case "FETCH":
            let lines = state.mails.enumerated().filter { uids.contains($0.element.uid) }.map { index, mail in
                "* \(index + 1) FETCH (UID \(mail.uid) BODY[]<0> {\(mail.content.utf8.count)}\r\n\(mail.content))\r\n"
            }
            return lines.joined() + "TAG OK done\r\n"
        case "STORE":
            for index in state.mails.indices where uids.contains(state.mails[index].uid) {
                state.mails[index].isDeleted = true
            }
            return "TAG OK done\r\n"
        default: return expunge(uids.contains, &state)
        }
    }

    private static func expunge(_ isMeant: (Int) -> Bool, _ state: inout State) -> String {
        var lines = ""
        for index in state.mails.indices.reversed()
        where state.mails[index].isDeleted && isMeant(state.mails[index].uid) {
            state.mails.remove(at: index)
            lines += "* \(index + 1) EXPUNGE\r\n"
        }
        return lines + "TAG OK done\r\n"
    }

    /// `3,5:7`
    private static func numbers(_ set: String, last: Int) -> [Int] {
        set.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: ":").compactMap { Int($0) }
            guard let first = ends.first, let end = ends.last else { return [] }
            return first <= end ? Array(first...min(end, max(first, last))) : []
        }
    }
}
