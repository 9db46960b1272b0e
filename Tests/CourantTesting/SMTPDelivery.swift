package import Mail
package import Outbound
import Synchronization

extension Relay {
    /// Sends, and waits until each mail has its verdict: in the order of the mails.
    package func deliver(_ mails: [OutgoingMail], sendGuard: SendGuard = SendGuard()) async -> [Verdict] {
        await withCheckedContinuation { continuation in
            let collected = Collected(expecting: mails.count) { verdicts in
                continuation.resume(returning: mails.compactMap { verdicts[$0.ticket] })
            }
            send(mails, sendGuard: sendGuard) { collected.take($0) }
        }
    }

    package func deliver(_ mail: OutgoingMail, sendGuard: SendGuard = SendGuard()) async -> Verdict? {
        await deliver([mail], sendGuard: sendGuard).first
    }
}

extension OutgoingMail {
    /// A mail of little interest; tickets are to be told apart.
    package static func sample(
        _ ticket: Int64 = 1, person: UInt128 = 0, to recipient: String = "ann", content: [UInt8]? = nil
    ) -> OutgoingMail {
        OutgoingMail(
            ticket: ticket, person: person, sender: EmailAddress(localPart: "bounce-\(ticket)", domain: "news.example"),
            recipient: EmailAddress(localPart: recipient, domain: "example.org"),
            content: content ?? Array("Subject: \(ticket)\r\n\r\nHello\r\n".utf8))
    }

    package static func samples(_ count: Int) -> [OutgoingMail] {
        (1...count).map { sample(Int64($0), to: "reader\($0)") }
    }
}

extension SMTPRelay.Configuration {
    /// For a relay on this host, with times fit for a test.
    package static func local(
        port: Int, connections: Int = 4, _ change: (inout Self) -> Void = { _ in }
    ) -> Self {
        var configuration = Self(address: RelayAddress(host: "127.0.0.1", port: port), tls: .off)
        configuration.connections = connections
        configuration.timeouts.idle = .seconds(30)
        configuration.backoff.first = .milliseconds(10)
        configuration.backoff.longest = .milliseconds(20)
        configuration.rest = configuration.backoff
        change(&configuration)
        return configuration
    }
}

private final class Collected: Sendable {
    private let state: Mutex<[Int64: Verdict]>
    private let expected: Int
    private let done: @Sendable ([Int64: Verdict]) -> Void

    init(expecting expected: Int, _ done: @escaping @Sendable ([Int64: Verdict]) -> Void) {
        state = Mutex([:])
        self.expected = expected
        self.done = done
    }

    func take(_ settled: [Settled]) {
        let complete = state.withLock { verdicts -> [Int64: Verdict]? in
            for one in settled {
                precondition(verdicts[one.ticket] == nil, "a second verdict")
                verdicts[one.ticket] = one.verdict
            }
            return verdicts.count == expected ? verdicts : nil
        }
        if let complete { done(complete) }
    }
}
