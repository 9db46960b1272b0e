package import Mail

/// Why a mailbox was not read, named for who mends it.
package enum FetchFailure: Error, Sendable, Equatable {
    case stopping
    /// Name resolution, TCP connect, or no greeting in time.
    case unreachable(String)
    /// The certificate does not verify, or the server offers no TLS where it is required.
    case insecure(TLSFault)
    /// Nobody was signed in. `words`: the server's; nil where it offers no login that we can speak.
    case unauthorised(words: String?)
    /// The file with the OAuth token cannot be read, or is empty.
    case noToken(path: String)
    /// The folder is not there, or may not be changed.
    case folder(words: String)
    /// The server refuses a command that it ought to obey.
    case refused(command: String, words: String)
    /// The connection was lost, or the server was silent past its time.
    case lost(String)
    /// What it says is not the protocol.
    case garbled(String)
    /// A mail could not be handled here; it is still in the box.
    case notHandled

    /// More attempts change nothing, and may lock the account.
    var isOfLogin: Bool {
        switch self {
        case .unauthorised: true
        default: false
        }
    }
}

extension String {
    /// What a server says, fit for a line of the log: it may have said anything.
    init(said bytes: some Sequence<UInt8>) {
        let printable = bytes.prefix(200).map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        self = String(decoding: printable, as: UTF8.self).trimmingBlanks
    }

    var trimmingBlanks: String {
        String(decoding: utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed(), as: UTF8.self)
    }
}
