import CourantTesting
import Foundation
import Synchronization
import Testing

@testable import Fetching

/// POP3 servers that are poor, broken, or wish us ill.
@Suite(.timeLimit(.minutes(20))) struct `A mailbox by POP3` {
    @Test func `what is somebody else's is read once, and stays`() async throws {
        let stub = try POP3Stub(["a": "theirs", "b": "ours", "c": "theirs too"])
        let fetching = RunningFetcher(.local(.pop3, stub.port))
        try await fetching.reads(3)
        #expect(stub.mails.keys.sorted() == ["a", "c"] && fetching.failures.isEmpty)
        #expect(fetching.mails.sorted() == ["ours\r\n", "theirs\r\n", "theirs too\r\n"])
        #expect(!stub.commands.contains { $0.hasPrefix("RETR") }, "TOP leaves no mark")
    }

    @Test func `without TOP and without SASL it is read all the same`() async throws {
        let stub = try POP3Stub(["a": "ours"], abilities: "USER\r\nUIDL") { command, _ in
            command.hasPrefix("TOP") ? .say("-ERR what?\r\n") : nil
        }
        let fetching = RunningFetcher(.local(.pop3, stub.port))
        try await eventually("it goes") { stub.mails.isEmpty }
        #expect(fetching.mails == ["ours\r\n"] && stub.commands.contains("PASS correct horse"))
    }

    @Test(arguments: ["STAT", "UIDL", "TOP", "DELE", "QUIT"])
    func `a server that hangs or goes away at any step is asked again`(_ step: String) async throws {
        for lie in [IMAPStub.Lie.hang("+OK\r\nhalf a li"), .leave("+OK\r\n1 a"), .hang("+O"), .leave("")] {
            let stub = try POP3Stub(["a": "ours", "b": "theirs"]) { command, count in
                command.hasPrefix(step) && count == 1 ? lie : nil
            }
            let fetching = RunningFetcher(.local(.pop3, stub.port).changed { $0.timeouts.reply = .milliseconds(50) })
            try await eventually("ours goes") { stub.mails.keys.sorted() == ["b"] }
            #expect(fetching.mails.contains("ours\r\n"))
        }
    }

    @Test func `endless lines, endless lists and endless mails are given up`() async throws {
        let chatter = String(repeating: "1 x\r\n", count: 20_000)
        for (step, lie) in [
            ("UIDL", "+OK\r\n" + chatter), ("TOP", "+OK\r\n" + chatter),
            ("STAT", String(repeating: "x", count: 100_000)),
        ] {
            let stub = try POP3Stub(["a": "ours"]) { command, count in
                command.hasPrefix(step) && count == 1 ? .hang(lie) : nil
            }
            let fetching = RunningFetcher(.local(.pop3, stub.port).changed { $0.timeouts.reply = .milliseconds(50) })
            try await eventually("it is given up at \(step)") { fetching.losses > 0 }
            try await eventually("ours goes") { stub.mails.isEmpty }
        }
    }

    @Test func `what is no POP3 is told`() async throws {
        let stub = try POP3Stub(["a": "ours"]) { command, _ in command.hasPrefix("UIDL") ? .say("250 hello\r\n") : nil }
        let fetching = RunningFetcher(.local(.pop3, stub.port))
        guard case .garbled = try await fetching.fails() else { throw TestFailure("\(fetching.failures)") }
    }
}

/// With a mailbox in memory: mails by their UIDL. It is asked about each command first, with how often such a one has come.
private final class POP3Stub: Sendable {
    typealias Liar = @Sendable (_ command: String, _ count: Int) -> IMAPStub.Lie?

    private struct State {
        var mails: [String: String]
        var commands: [String] = []
    }

    private let server: LineServer
    private let shared: Shared

    private final class Shared: Sendable {
        let state: Mutex<State>
        let abilities: String
        let lie: Liar

        init(_ state: State, _ abilities: String, _ lie: @escaping Liar) {
            self.state = Mutex(state)
            self.abilities = abilities
            self.lie = lie
        }
    }

    var port: Int { server.port }
    var mails: [String: String] { shared.state.withLock { $0.mails } }
    var commands: [String] { shared.state.withLock { $0.commands } }

    init(
        _ mails: [String: String], abilities: String = "SASL PLAIN\r\nTOP\r\nUIDL",
        lie: @escaping Liar = { _, _ in nil }
    ) throws {
        let shared = Shared(State(mails: mails), abilities, lie)
        self.shared = shared
        server = try LineServer { Self.speak($0, shared) }
    }

    private static func speak(_ conversation: LineConversation, _ shared: Shared) {
        conversation.say("+OK ready\r\n")
        let box = shared.state.withLock { $0.mails.sorted { $0.key < $1.key } }
        var deleted: [String] = []
        while let line = conversation.line() {
            let words = line.split(separator: " ").map(String.init)
            guard let verb = words.first else { continue }
            let lie = shared.state.withLock { state in
                state.commands.append(line)
                return shared.lie(line, state.commands.count { $0.hasPrefix(verb) })
            }
            switch lie {
            case .say(let text): conversation.say(text)
            case .hang(let text):
                conversation.say(text)
                return conversation.hang()
            case .leave(let text):
                conversation.say(text)
                return
            case nil:
                let number = words.count > 1 ? (Int(words[1]) ?? 1) - 1 : 0
                switch verb {
                case "CAPA": conversation.say("+OK\r\n\(shared.abilities)\r\n.\r\n")
                case "AUTH":
                    conversation.say("+ \r\n")
                    _ = conversation.line()
                    conversation.say("+OK\r\n")
                case "STAT": conversation.say("+OK \(box.count) 100\r\n")
                case "UIDL":
                    let lines = box.enumerated().map { "\($0.offset + 1) \($0.element.key)\r\n" }
                    conversation.say("+OK\r\n\(lines.joined()).\r\n")
                case "TOP", "RETR": conversation.say("+OK\r\n\(box[number].value)\r\n.\r\n")
                case "DELE":
                    deleted.append(box[number].key)
                    conversation.say("+OK\r\n")
                case "QUIT":
                    shared.state.withLock { state in deleted.forEach { state.mails[$0] = nil } }
                    conversation.say("+OK\r\n")
                    return
                default: conversation.say("+OK\r\n")
                }
            }
        }
    }
}
