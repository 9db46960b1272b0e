import Mailbox

/// What has become of a mail that was handed to the running service.
package enum HandOver: Sendable, Equatable {
    case taken
    /// Nobody listens, or the store is away: it is to be tried again.
    case later
    /// Its sender or recipient is no address.
    case refused
}

extension Courant {
    /// Hands a mail that came back to the running service: a second process must not erase anybody, for it cannot stop what
    /// the first one is sending.
    package static func report(
        _ mail: [UInt8], from sender: String?, to recipient: String?, at place: LMTPAddress
    ) async -> HandOver {
        // Where nobody says whom it was sent to, its own head does.
        let envelope = ReceivedMail(sender: sender, recipients: [recipient ?? "report@localhost"], content: mail)
        return switch await LMTPClient(place.place).hand(envelope) {
        case .taken: .taken
        case .later: .later
        case .refused: .refused
        }
    }
}
