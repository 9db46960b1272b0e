import Synchronization

/// A relay that does as a test tells it: answers, refuses, hangs up, falls silent, talks nonsense. What is not in the
/// script it does as Postfix would, down to keeping the old MAIL FROM where a client forgets RSET. It listens on a port
/// of its own until it is let go.
package final class SMTPScript: Sendable {
    package enum Step: String, Sendable {
        case greeting, ehlo, auth, mail, rcpt, data, content, rset, noop, quit, other
    }

    package enum Answer: Sendable {
        /// Without CRLF at the end.
        case reply(String)
        /// As it stands.
        case raw([UInt8])
        case hangUp
        /// RST instead of FIN.
        case reset
        /// Nothing, now and from now on.
        case silence
        indirect case after(Duration, Answer)
        /// One after the other.
        indirect case both(Answer, Answer)
    }

    /// What the relay knows as it answers.
    package struct Turn: Sendable {
        /// Connections and, on all connections together, this step's turns: counted from 1.
        package let connection: Int
        package let count: Int
        /// The command's line.
        package let line: String
        package let content: [UInt8]
    }

    package struct Command: Sendable {
        package let connection: Int
        package let line: String
        package let at: ContinuousClock.Instant
    }

    package struct Received: Sendable {
        package let connection: Int
        package let sender: String
        package let recipients: [String]
        package let content: [UInt8]
    }

    package let port: Int
    let abilities: [String]
    let script: @Sendable (Step, Turn) -> Answer?
    let log = SMTPScriptLog()
    private let listener: Socket

    package static let abilities = ["PIPELINING", "SIZE 50000000", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"]

    /// On 127.0.0.1, or another of this host's own addresses, where a name is to have several.
    package init(
        at loopback: UInt8 = 1, port wished: Int = 0, abilities: [String] = SMTPScript.abilities,
        _ script: @escaping @Sendable (Step, Turn) -> Answer? = { _, _ in nil }
    ) throws {
        listener = try Socket.listening(on: wished, at: loopback)
        port = listener.port
        self.abilities = abilities
        self.script = script
        let listener = listener
        onThread { [weak self] in
            while let socket = listener.accept() {
                guard let self else { return }
                let conversation = SMTPScriptConversation(self, socket, self.log.newConnection())
                onThread { conversation.run() }
            }
        }
    }

    deinit { listener.shutDown() }

    package var address: String { "smtp://127.0.0.1:\(port)" }
    package var connections: Int { log.all.connections }
    package var received: [Received] { log.all.received }
    package var commands: [Command] { log.all.commands }

    /// The commands' first words on one connection, in order.
    package func verbs(on connection: Int = 1) -> [String] {
        commands.filter { $0.connection == connection }.map { String($0.line.prefix { $0 != " " }) }
    }
}

/// What the scripted relay has heard.
final class SMTPScriptLog: Sendable {
    struct All: Sendable {
        var connections = 0
        var turns: [SMTPScript.Step: Int] = [:]
        var commands: [SMTPScript.Command] = []
        var received: [SMTPScript.Received] = []
    }

    private let state = Mutex(All())

    var all: All { state.withLock { $0 } }

    func newConnection() -> Int {
        state.withLock { all in
            all.connections += 1
            return all.connections
        }
    }

    func turn(_ step: SMTPScript.Step) -> Int {
        state.withLock { all in
            all.turns[step, default: 0] += 1
            return all.turns[step, default: 0]
        }
    }

    func note(_ connection: Int, _ line: String) {
        state.withLock { $0.commands.append(SMTPScript.Command(connection: connection, line: line, at: .now)) }
    }

    func note(_ mail: SMTPScript.Received) {
        state.withLock { $0.received.append(mail) }
    }
}
