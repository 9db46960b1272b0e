package import Mail

extension SMTPRelay {
    package struct Configuration: Sendable {
        package enum TLS: String, Sendable {
            /// Not a byte of mail or password leaves without a certificate that verifies.
            case required
            /// In the clear; for a relay on this host.
            case off
        }

        /// How much is sent before the relay has answered (RFC 2920). More than `.off` only ever happens where the relay's
        /// EHLO offers PIPELINING.
        package enum Grouping: String, Sendable {
            /// A mail's content together with the next mail's envelope: one round trip a mail.
            case body
            /// MAIL, RCPT and DATA together: two round trips a mail.
            case envelope
            /// Each command by itself: four round trips a mail.
            case off
        }

        package struct Timeouts: Sendable {
            /// The name's addresses, and TCP to one of them.
            package var connect: Duration = .seconds(10)
            /// The greeting (RFC 5321 §4.5.3.2.1), and each further step before the first mail: TLS, EHLO, STARTTLS, AUTH.
            package var greeting: Duration = .seconds(5 * 60)
            /// All of that together.
            package var opening: Duration = .seconds(20 * 60)
            /// Each reply, and each pause while the relay takes no bytes (RFC 5321 §4.5.3.2).
            package var reply: Duration = .seconds(5 * 60)
            /// The reply to the final dot (RFC 5321 §4.5.3.2.6).
            package var finalDot: Duration = .seconds(10 * 60)
            /// How long a connection is kept without mail before QUIT, and how long the answer to QUIT is waited for.
            package var idle: Duration = .seconds(5)

            package init() {}
        }

        package var address: RelayAddress
        /// What the name leads to, where the resolver is not to be asked.
        package var hosts: [String] = []
        package var tls: TLS
        package var user: String?
        package var password: String?
        /// PEM file of the authorities to trust instead of the system's.
        package var certificateAuthorities: String?
        /// Connections at once.
        package var connections = 8
        /// Messages a second over all connections; 0 is no limit.
        package var rate: Double = 0
        /// Our own name in EHLO.
        package var heloName: String
        package var messagesPerConnection = 500
        package var grouping = Grouping.body
        package var timeouts = Timeouts()
        package var backoff = Backoff()
        /// From the third failure in a row on, while another relay serves.
        package var rest = Backoff(first: .seconds(30), longest: .seconds(600))
        /// After a login that was refused for good: a wrong password that is tried each minute locks its account.
        package var loginBackoff = Backoff(first: .seconds(60), longest: .seconds(3600))
        /// Told of the relay's troubles.
        package var health: RelayHealth?

        package init(
            address: RelayAddress, tls: TLS = .required, user: String? = nil, password: String? = nil,
            heloName: String = "localhost"
        ) {
            self.address = address
            self.tls = tls
            self.user = user
            self.password = password
            self.heloName = heloName
        }
    }
}

/// How long a relay that could not be reached, or turned us away, is left alone: doubling from `first` to `longest`, of
/// which a random part of up to a half is taken off, so that several instances do not come back at once.
package struct Backoff: Sendable {
    package var first: Duration = .seconds(1)
    package var longest: Duration = .seconds(60)
    /// From 0 up to 1.
    package var jitter: @Sendable () -> Double = { .random(in: 0..<1) }

    package init(first: Duration = .seconds(1), longest: Duration = .seconds(60)) {
        self.first = first
        self.longest = longest
    }

    /// The pause after so many failures in a row, counted from one.
    package func pause(after failures: Int) -> Duration {
        let doubled = first * (1 << min(max(failures - 1, 0), 30))
        return min(doubled, longest) * (1 - jitter() / 2)
    }
}

extension SMTPRelay.Configuration {
    var isEncrypted: Bool { tls == .required || address.scheme == .smtps }
    /// RFC 8314 §3.3: `smtps` was meant.
    var expectsTLSFirst: Bool { address.scheme == .smtp && address.port == 465 }
}

extension Duration {
    /// "10 s", "5 min"
    package var inWords: String {
        let milliseconds = Curl.milliseconds(self)
        switch milliseconds {
        case ..<1000: return "\(milliseconds) ms"
        case ..<120_000: return "\(milliseconds / 1000) s"
        case ..<7_200_000: return "\(milliseconds / 60_000) min"
        default: return "\(milliseconds / 3_600_000) h"
        }
    }
}
