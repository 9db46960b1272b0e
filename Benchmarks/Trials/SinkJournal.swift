import Synchronization

/// What the sink was given, mail by mail: the ground truth that Courant's own accounts are held against.
package final class SinkJournal: Sendable {
    package struct Entry: Sendable {
        package let messageID: String
        /// Nanoseconds since 1970, by the kernel: when the bytes of the final dot came.
        package let at: UInt64
    }

    package struct Contents: Sendable {
        /// By recipient, in the order of acceptance.
        package var accepted: [String: [Entry]] = [:]
        /// When a `MAIL FROM` came, by the recipient whom it turned out to be for.
        package var started: [String: [UInt64]] = [:]
        /// Refused for good (5xx).
        package var refused: Set<String> = []
        /// Whose mail had come in full when the sink hung up without an answer.
        package var unanswered: Set<String> = []
        /// The newest confirm link's token, of those whose mail is looked into.
        package var tokens: [String: String] = [:]
        /// Final dots, whatever became of the mail.
        package var dots = 0
        /// When the newest MAIL FROM came, of those for whom it is the campaign's.
        package var lastStart: UInt64 = 0

        /// From the first mail to the last.
        package var seconds: Double {
            let ends = accepted.values.joined().map(\.at)
            return Double((ends.max() ?? 0) - (ends.min() ?? 0)) / 1e9
        }
    }

    private let state = Mutex(Contents())
    /// Whose mail is looked into, by the beginning of their address.
    private let readers: String?

    package init(lookingInto readers: String? = nil) { self.readers = readers }

    package var contents: Contents { state.withLock { $0 } }
    func looksInto(_ recipient: String) -> Bool { readers.map(recipient.hasPrefix) ?? false }
    package func token(for recipient: String) -> String? { state.withLock { $0.tokens[recipient] } }
    package var dots: Int { state.withLock { $0.dots } }
    var lastStart: UInt64 { state.withLock { $0.lastStart } }

    func note(_ body: (inout Contents) -> Void) { state.withLock { body(&$0) } }
}
