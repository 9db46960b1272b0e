import Fetching
import Mail

extension FetchFailure {
    /// For the operator's log and doctor: what happened and what to do.
    var plainWords: String {
        switch self {
        case .stopping: "The service is stopping."
        case .unreachable(let cause):
            "The mailbox's server cannot be reached (\(cause)). It is tried again by itself; check bounces.mailbox.url."
        case .insecure(let fault): "The TLS of the mailbox's server cannot be trusted: \(fault.mailboxWords)"
        case .unauthorised(let words?):
            "The mailbox's server refused our login: \(words). Check bounces.mailbox.user and its password-file or token-file; "
                + "Google and Microsoft want an app password or an OAuth token. It is tried again at growing intervals of up to an "
                + "hour, and at once after a restart."
        case .unauthorised(nil):
            "The mailbox's server offers no login that Courant can use. Ask whoever runs it for PLAIN, LOGIN or XOAUTH2."
        case .noToken(let path):
            "\(path) holds no token that can be read: let the program that renews it write it, for bounces.mailbox.token-file."
        case .folder(let words):
            "The mailbox has no folder that can be read and changed by that name: \(words). Check bounces.mailbox.folder."
        case .refused(let command, let words):
            "The mailbox's server refused \(command): \(words). It is tried again by itself; ask whoever runs it where it does not end."
        case .lost(let cause): "The connection to the mailbox was lost (\(cause)). It is tried again by itself."
        case .garbled(let cause):
            "The mailbox's server cannot be understood: \(cause). Check bounces.mailbox.url and its port."
        case .notHandled: "Reports cannot be written down; they stay in the mailbox until they can be."
        }
    }

    /// It may be over with the next attempt, without anybody's doing.
    var isPassing: Bool {
        switch self {
        case .stopping, .unreachable, .lost, .notHandled: true
        case .insecure, .unauthorised, .noToken, .folder, .refused, .garbled: false
        }
    }
}

extension TLSFault {
    /// What is wrong with the certificate of the mailbox's server, and who mends it.
    fileprivate var mailboxWords: String {
        switch self {
        case .notOffered:
            "it offers no STARTTLS. Use imaps:// or pop3s://, or bounces.mailbox.tls: off for a server on this host."
        case .expired: "its certificate has expired. Whoever runs it renews it."
        case .notYetValid: "its certificate is not valid yet. Compare the clocks here and there."
        case .unknownAuthority:
            "its certificate is signed by nobody who is trusted here. Name its authority's file in bounces.mailbox.ca-file."
        case .otherName:
            "its certificate is for another name. Write the name in it, instead of an address or alias, in bounces.mailbox.url."
        case .other(let words): "\(words). Check bounces.mailbox.tls, its ca-file and the port in its url."
        }
    }
}
