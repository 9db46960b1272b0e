package import Mail

extension RelayFailure {
    var concernsRelay: Bool { self != .stopping && self != .addressNeedsUTF8 }

    /// For whoever sent the campaign, and for the operator's log: what happened and what to do.
    package var plainWords: String {
        switch self {
        case .stopping: "The service is stopping."
        case .unreachable(let cause):
            "The relay cannot be reached (\(cause)). It is tried again by itself; check relay.url."
        case .insecure(let fault): "The relay's TLS cannot be trusted: \(fault.plainWords)"
        case .unauthorised(let refusal): refusal.plainWords
        case .unwelcome(let reply): "The relay turned us away with \(reply.spoken). It is tried again by itself."
        case .lost(let cause): "The connection to the relay was lost (\(cause)). It is tried again by itself."
        case .addressNeedsUTF8: "The relay cannot carry an address outside ASCII (SMTPUTF8)."
        }
    }
}

extension TLSFault {
    /// What is wrong with the relay's certificate, and who mends it.
    var plainWords: String {
        switch self {
        case .notOffered:
            "it offers no STARTTLS. Use the port where it does, or relay.tls: off for a relay on this host."
        case .expired: "its certificate has expired. Whoever runs the relay renews it."
        case .notYetValid: "its certificate is not valid yet. Compare the clocks here and there."
        case .unknownAuthority:
            "its certificate is signed by nobody who is trusted here. Name its authority's file in relay.ca-file."
        case .otherName:
            "its certificate is for another name. Write the name in it, instead of an address or alias, in relay.url."
        case .other(let words): "\(words). Check relay.tls, relay.ca-file and the port in relay.url."
        }
    }
}

extension LoginRefusal {
    /// What the relay said to user and password, and what to do about it.
    var plainWords: String {
        let all = offered.joined(separator: ", ")
        guard let reply else {
            return offered.isEmpty
                ? "The relay offers no login here, and relay.user is set. Use its port for submission (587 or 465), or take "
                    + "relay.user and relay.password-file away."
                : "The relay offers no login that Courant can use (it offers \(all)). \(oauth ?? "Ask whoever runs it for PLAIN.")"
        }
        let by = mechanism.map { " by \($0)" } ?? ""
        guard !isPassing else {
            return "The relay could not decide about our login\(by): \(reply.spoken). It is tried again by itself."
        }
        let remedy = (reply.refusesPasswords ? oauth : nil) ?? "Check relay.user and relay.password-file."
        return
            "The relay refused our login\(by): \(reply.spoken). \(remedy) It is tried again at growing intervals of up to "
            + "an hour, and at once after a restart."
    }

    /// Nil where it does not want it.
    private var oauth: String? {
        guard offered.contains(where: { ["XOAUTH2", "OAUTHBEARER"].contains($0) }) else { return nil }
        return
            "This relay wants OAuth instead of a password, which Courant does not speak: allow SMTP AUTH with a password "
            + "for this mailbox, or use a relay or connector that takes one."
    }
}

extension SMTPReply {
    /// Microsoft 365 says so where passwords are switched off: no password is the right one.
    fileprivate var refusesPasswords: Bool {
        enhanced.map { $0.subject == 7 && $0.detail == 139 } ?? false
    }
}

extension RelayHealth.Cause {
    /// For whoever runs the service, and whoever waits for a campaign.
    package var plainWords: String {
        switch self {
        case .failure(let failure): failure.plainWords
        case .refusals(let reply):
            "The relay refuses one mail after another: \(reply) at \(reply.command.name)\(reply.text.isEmpty ? "" : " (\(reply.text))"). "
                + reply.command.advice
        }
    }
}

extension SMTPCommand {
    /// Where to look when one mail after another is refused at it.
    fileprivate var advice: String {
        switch self {
        case .connection, .hello, .startTLS, .authentication:
            "Check relay.url, relay.user, and whether the relay lets this host in."
        case .mail: "Check mail.from and the lists' senders: which of them does the relay let this login use?"
        case .recipient:
            "Either it does not take mail for other domains from this host, or something is wrong with it: ask whoever runs it."
        case .data, .content, .other: "Ask whoever runs it what it has against them."
        }
    }
}
