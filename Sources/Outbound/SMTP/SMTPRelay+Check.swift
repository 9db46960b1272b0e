import CCurl
import Foundation
package import Mail

extension SMTPRelay {
    /// What a relay was found to be when it was asked without sending anything.
    package struct Findings: Sendable, Equatable {
        package let address: RelayAddress
        /// The IP address that the name led to.
        package let ip: String?
        /// The connection is encrypted and its certificate verifies.
        package let isEncrypted: Bool
        /// The relay took the user's password.
        package let isAuthenticated: Bool
        package let abilities: SMTPAbilities
        /// Until it let us in.
        package let took: Duration
        /// What it says to a mail's envelope, where it would not take it.
        package let refusal: SMTPReply?
    }

    /// Who would write to whom, to see whether the relay would take it.
    package struct Envelope: Sendable {
        package let sender: EmailAddress
        package let recipient: EmailAddress

        package init(sender: EmailAddress, recipient: EmailAddress) {
            self.sender = sender
            self.recipient = recipient
        }
    }

    /// Connects as the relay itself does (name, TCP, TLS, EHLO, AUTH; each address and each login in turn), says MAIL, RCPT and
    /// RSET for `envelope`, and leaves with QUIT. `progress` hears what is waited for, while that takes long.
    package static func check(
        _ configuration: Configuration, envelope: Envelope? = nil,
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(RelayFailure) -> Findings {
        let result = await withCheckedContinuation { continuation in
            Thread {
                let check = RelayCheck(configuration, progress)
                continuation.resume(returning: Result { () throws(RelayFailure) in try check.run(envelope) })
            }.start()
        }
        return try result.get()
    }
}

/// One look at a relay, on a thread of its own.
private final class RelayCheck {
    typealias Instant = ContinuousClock.Instant

    private let configuration: SMTPRelay.Configuration
    private let progress: @Sendable (String) -> Void
    private let multi = CurlMulti()
    private let start = Instant.now
    private var nextWord = Instant.now + RelayCheck.silence

    /// After so long without a word, what is waited for is said.
    private static let silence: Duration = .seconds(5)

    init(_ configuration: SMTPRelay.Configuration, _ progress: @escaping @Sendable (String) -> Void) {
        self.configuration = configuration
        self.progress = progress
    }

    deinit { multi.free() }

    func run(_ envelope: SMTPRelay.Envelope?) throws(RelayFailure) -> SMTPRelay.Findings {
        var round = OpeningRound()
        while true {
            let connection = SMTPConnection(configuration, round, at: .now)
            curl_multi_add_handle(multi.pointer, connection.handle.pointer)
            defer { curl_multi_remove_handle(multi.pointer, connection.handle.pointer) }
            guard let failure = open(connection) else { return look(connection, envelope) }
            if let failure = round.failed(failure, connection.attempt) { throw failure }
        }
    }

    private func open(_ connection: SMTPConnection) -> RelayFailure? {
        while true {
            multi.perform()
            var result: CURLcode?
            multi.takeDone { result = $1 }
            if let result { return connection.finishConnecting(result, configuration) }
            connection.noteProgress(at: .now)
            if Instant.now >= connection.deadline { return connection.silence }
            if Instant.now >= nextWord {
                progress("\(configuration.address): waiting for \(connection.waiting)")
                nextWord = .now + Self.silence
            }
            curl_multi_poll(multi.pointer, nil, 0, 100, nil)
        }
    }

    private func look(_ connection: SMTPConnection, _ envelope: SMTPRelay.Envelope?) -> SMTPRelay.Findings {
        let took = Instant.now - start
        var conversation = Conversation(connection)
        return SMTPRelay.Findings(
            address: configuration.address, ip: connection.handle.string(CURLINFO_PRIMARY_IP),
            isEncrypted: configuration.isEncrypted, isAuthenticated: connection.isAuthenticated,
            abilities: connection.abilities, took: took, refusal: conversation.refusal(of: envelope))
    }
}

/// A few commands, one at a time.
private struct Conversation {
    private static let patience: Duration = .seconds(30)

    private let connection: SMTPConnection
    private var reader = SMTPReplyReader()

    init(_ connection: SMTPConnection) { self.connection = connection }

    /// Also says QUIT.
    mutating func refusal(of envelope: SMTPRelay.Envelope?) -> SMTPReply? {
        defer { send("QUIT") }
        guard let envelope, max(envelope.sender.fitness, envelope.recipient.fitness) == .plain else { return nil }
        defer { _ = ask("RSET", .other) }
        if let reply = ask("MAIL FROM:<\(envelope.sender.wire)>", .mail), reply.code >= 400 { return reply }
        if let reply = ask("RCPT TO:<\(envelope.recipient.wire)>", .recipient), reply.code >= 400 { return reply }
        return nil
    }

    private mutating func ask(_ line: String, _ command: SMTPCommand) -> SMTPReply? {
        send(line)
        let deadline = ContinuousClock.now + Self.patience
        var buffer = [UInt8](repeating: 0, count: 4096)
        while ContinuousClock.now < deadline {
            if let found = try? reader.next() { return reader.reply(found, to: command) }
            var count = 0
            let result = curl_easy_recv(connection.handle.pointer, &buffer, buffer.count, &count)
            if result == CURLE_AGAIN {
                var waited = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
                poll(&waited, 1, 100)
            } else if result == CURLE_OK, count > 0 {
                buffer[..<count].withUnsafeBytes { reader.append($0) }
            } else {
                return nil
            }
        }
        return nil
    }

    private func send(_ line: String) {
        var count = 0
        let bytes = Array("\(line)\r\n".utf8)
        _ = curl_easy_send(connection.handle.pointer, bytes, bytes.count, &count)
    }
}
