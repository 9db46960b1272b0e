package import Outbound

/// Which mailbox is read, as whom, and how patiently.
package struct MailboxConfiguration: Sendable {
    /// What proves that we may.
    package enum Secret: Sendable, Equatable {
        case password(String)
        /// A file with an OAuth token (XOAUTH2, OAUTHBEARER), which another program renews: it is read at each login.
        case tokenFile(String)
    }

    package struct Timeouts: Sendable {
        /// The name's addresses, and TCP to one of them.
        package var connect: Duration = .seconds(15)
        /// All until we are signed in.
        package var opening: Duration = .seconds(120)
        /// Each pause in which the server says nothing that it ought to.
        package var reply: Duration = .seconds(60)
        /// A command, from its first byte to its answer's last.
        package var command: Duration = .seconds(10 * 60)
        /// How long an IDLE is kept before it is said anew: after half an hour servers hang up (RFC 2177 §3).
        package var idle: Duration = .seconds(25 * 60)

        package init() {}
    }

    package var address: MailboxAddress
    /// Off: in the clear, for a server on this host.
    package var requiresTLS = true
    package var user: String
    package var secret: Secret
    /// Of IMAP; a POP3 mailbox has one alone.
    package var folder = "INBOX"
    /// PEM file of the authorities to trust instead of the system's.
    package var certificateAuthorities: String?
    /// How often it is looked into, where the server does not tell by itself (IDLE).
    package var interval: Duration = .seconds(60)
    /// Of a mail no more is fetched.
    package var longest = 256 * 1024
    package var timeouts = Timeouts()
    package var backoff = Backoff(first: .seconds(5), longest: .seconds(600))
    /// After a login that was refused: a wrong password that is tried each minute locks its account.
    package var loginBackoff = Backoff(first: .seconds(60), longest: .seconds(3600))

    package init(address: MailboxAddress, user: String, secret: Secret) {
        self.address = address
        self.user = user
        self.secret = secret
    }

    var isEncrypted: Bool { requiresTLS || address.scheme.isEncryptedFirst }
}

/// A mail in the box, or as much of its beginning as is read.
package struct FetchedMail: Sendable {
    package let content: [UInt8]
}

/// What is to become of a mail in the box.
package enum MailFate: Sendable {
    /// It is handled for good: away with it.
    case delete
    /// It is somebody else's: nobody touches it, and it is not read again.
    case leave
    /// It could not be handled now: it is read again later.
    case later
}
