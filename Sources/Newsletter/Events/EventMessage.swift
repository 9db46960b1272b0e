import Crypto
import Foundation
import Mail
import Rendering

/// What the receiver gets, by Standard Webhooks: JSON, under an id by which it knows what it has had before.
package struct EventMessage: Sendable, Redacted {
    /// The same at each attempt, and no other event's.
    package let id: String
    package let body: [UInt8]

    /// `person`: nil where the id alone is told.
    init(_ claimed: ClaimedEvent, person: Person?) throws {
        let event = claimed.event
        id = Self.id(of: claimed)
        let record = Record(event, claimed.record, person, isGone: claimed.isGone)
        body = [UInt8](
            try Self.encoder.encode(
                Envelope(
                    type: "subscription.\(event.kind.rawValue)",
                    timestamp: event.at.formatted(.iso8601), data: record)))
    }

    /// Made of the row and of what it tells, because a row's number may be given once more after a restore.
    private static func id(of claimed: ClaimedEvent) -> String {
        let milliseconds = Int64((claimed.event.at.timeIntervalSince1970 * 1000).rounded())
        let text = "\(claimed.id) \(claimed.event.kind.rawValue) \(claimed.event.subscription.hex) \(milliseconds)"
        return "evt_\(Data(SHA256.hash(data: Data(text.utf8))).prefix(18).base64URL)"
    }

    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    private struct Envelope: Encodable {
        let type: String
        let timestamp: String
        let data: Record
    }

    private struct Record: Encodable {
        let subscription: String
        let list: String
        /// `active`, `held`, `restricted` or `gone`.
        let state: String
        let basis: String?
        let email: String?
        let name: String?
        /// On a list that asks for it.
        let company: String?
        let language: String?
        let `class`: String?

        /// Of somebody restricted nothing is told but that: the copy must not be used either (GDPR Art. 18 and 19).
        init(_ event: OutgoingEvent, _ record: Subscription?, _ person: Person?, isGone: Bool) {
            subscription = event.subscription.hex
            list = event.list.text
            state = isGone ? "gone" : record?.toldState ?? "held"
            let told = record.flatMap { $0.isTold ? $0 : nil }
            basis = told?.basis.rawValue
            language = told?.language.code
            `class` = told?.class.rawValue
            email = told == nil ? nil : person?.address.wire
            name = told == nil ? nil : person?.name?.text
            company = told.flatMap { person?.asked(by: $0.list).company?.text }
        }
    }
}

extension Subscription {
    /// Name and address may go out.
    var isTold: Bool { state == .active }

    fileprivate var toldState: String {
        guard isTold else { return "restricted" }
        return heldAt == nil ? "active" : "held"
    }
}
