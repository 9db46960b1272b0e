/// Where mail is handed to: an SMTP server that delivers it, or a recording stand-in.
package protocol Relay: Sendable {
    /// Takes mails to send and returns at once. Each gets exactly one verdict. Verdicts come in groups, on the relay's own
    /// thread, as soon as they are known and in no particular order: store them away and return.
    ///
    /// A mail is started only if `sendGuard` grants it; else its verdict is `.withdrawn` or `.recalled`.
    func send(_ mails: [OutgoingMail], sendGuard: SendGuard, verdicts: @escaping @Sendable ([Settled]) -> Void)

    /// Gives back the group's mails that no connection has begun, as `.recalled`, at once.
    func recall(_ group: Int64)

    /// From now on others use the same relay beside this one: its rate and its connections are shared out. A tenth of a
    /// second's mails at once are each one's own, and so is one connection.
    func keep(to share: Share)

    /// Starts no further mail (those get `.unsent(.stopping)`), waits for what is on the wire at most `limit`, and
    /// closes the connections politely. What had no answer by then is `.inDoubt`.
    func stop(within limit: Duration) async
}

/// A mail ready for the wire.
package struct OutgoingMail: Sendable, Redacted {
    /// Chosen by the sender of the mail, handed back with the verdict.
    package let ticket: Int64
    /// Whose mail it is: the subscription's random id. Zero where nobody can withdraw.
    package let person: UInt128
    /// What it can be recalled by: its campaign. Zero for mails that nobody recalls.
    package let group: Int64
    /// The number that `SendGuard` gave to the claim it came with.
    package var claim: Int64 = 0
    /// The envelope's sender; nil is the null sender `<>` (RFC 5321 §4.5.5).
    package let sender: EmailAddress?
    package let recipient: EmailAddress
    /// RFC 5322 bytes: 7-bit, CRLF line ends and no bare CR or LF, no line that starts with a dot, CRLF at the end. The
    /// relay doubles dots and mends line ends where they are not so, at the price of a second pass.
    package var content: [UInt8]

    package init(
        ticket: Int64, person: UInt128, group: Int64 = 0, sender: EmailAddress?, recipient: EmailAddress,
        content: [UInt8]
    ) {
        self.ticket = ticket
        self.person = person
        self.group = group
        self.sender = sender
        self.recipient = recipient
        self.content = content
    }
}

/// What became of one mail.
package struct Settled: Sendable {
    package let ticket: Int64
    package let verdict: Verdict

    package init(ticket: Int64, verdict: Verdict) {
        self.ticket = ticket
        self.verdict = verdict
    }
}

/// The outcome of handing over one mail, named for what to do next.
package enum Verdict: Sendable, Equatable {
    /// The relay took responsibility (250 to the final dot).
    case accepted
    /// A 4xx to this mail's envelope or content: try again on the schedule.
    case later(SMTPReply)
    /// A 5xx to this mail's envelope or content: final.
    case refused(SMTPReply)
    /// Certainly not accepted, and no fault of this mail: the relay could not be reached, or we are stopping. (A mail under
    /// which connections die again and again, alone, is `.later`.) Try again as soon as the relay answers, not at once: while it is being left alone, mails come
    /// back immediately.
    case unsent(RelayFailure)
    /// Everything was sent, and the connection died before the answer: the relay may or may not have it. A person decides.
    case inDoubt
    /// The person withdrew before `MAIL FROM`.
    case withdrawn
    /// It, or its group, was recalled before `MAIL FROM`.
    case recalled
}

/// Why the relay took nothing.
package enum RelayFailure: Error, Sendable, Equatable {
    case stopping
    /// Name resolution, TCP connect, or no greeting in time.
    case unreachable(String)
    /// The certificate does not verify, or the relay offers no TLS where it is required.
    case insecure(TLSFault)
    /// Nobody was signed in, though there is a user.
    case unauthorised(LoginRefusal)
    /// The relay answered the connection or the greeting with this reply (421, 554 …).
    case unwelcome(SMTPReply)
    /// The connection was lost, or the relay was silent past its time, before the final dot.
    case lost(String)
    /// The address needs SMTPUTF8 and the relay does not offer it.
    case addressNeedsUTF8
}

/// Why a relay's TLS cannot be trusted.
package enum TLSFault: Sendable, Equatable {
    /// The relay speaks in the clear alone.
    case notOffered
    case expired, notYetValid
    /// Nobody we trust has signed the certificate.
    case unknownAuthority
    /// The certificate is for another host.
    case otherName
    /// In libcurl's words.
    case other(String)
}

/// A login that came to nothing.
package struct LoginRefusal: Sendable, Equatable {
    /// Nil where none was sent: the relay offers no login that we can speak.
    package var reply: SMTPReply?
    /// Such as `PLAIN` (RFC 4616).
    package var mechanism: String?
    /// What the relay offered (RFC 4954).
    package var offered: [String]

    package init(reply: SMTPReply?, mechanism: String?, offered: [String]) {
        self.reply = reply
        self.mechanism = mechanism
        self.offered = offered
    }

    /// A 4xx says nothing about the password.
    package var isPassing: Bool { reply.map { $0.code < 500 } ?? false }
}
