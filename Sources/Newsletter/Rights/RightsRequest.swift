package import Foundation

/// One entry of the register of requests: what was asked, when, by when it must be answered, and what became of it. It holds
/// no address; while it is open a keyed digest may say whom it is about, and closing it erases that.
package struct RightsRequest: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case access, rectification, restriction, objection, erasure, portability
        /// Of a restriction (GDPR Art. 18(3)).
        case lifting
        case other
    }

    package enum Outcome: String, Sendable, CaseIterable {
        case done
        /// The mailbox's owner has been sent what they need to go on.
        case linkSent = "link-sent"
        case nothingHeld = "nothing-held"
        /// So soon after another that no mail was sent.
        case limited
        case refused
        case withdrawn
    }

    package let id: Int64
    package let kind: Kind
    package let receivedAt: Date
    package var dueAt: Date
    package var isExtended: Bool
    package var closedAt: Date?
    package var outcome: Outcome?
    /// Who served it.
    package var handler: String?

    package init(
        id: Int64, kind: Kind, receivedAt: Date, dueAt: Date, isExtended: Bool = false, closedAt: Date? = nil,
        outcome: Outcome? = nil, handler: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.receivedAt = receivedAt
        self.dueAt = dueAt
        self.isExtended = isExtended
        self.closedAt = closedAt
        self.outcome = outcome
        self.handler = handler
    }

    /// So many calendar months later; where that month is shorter, on its last day (GDPR Art. 12(3), Regulation 1182/71
    /// Art. 3(2)(c)).
    package static func due(_ received: Date, months: Int = 1) -> Date {
        Calendar.utc.date(byAdding: .month, value: months, to: received) ?? received
    }

    /// So far back `GET /requests` counts what got no row.
    package static let countedDays = 30

    package func isOverdue(at now: Date) -> Bool { closedAt == nil && dueAt < now }
}

package protocol RightsRequestRecords {
    /// Gives the request its id. `digest`: whom it is about, while it is open.
    func insert(_ request: RightsRequest, about digest: Data?) throws -> RightsRequest
    /// Once it is closed, nothing says any more whom it was about.
    func update(_ request: RightsRequest) throws
    func rightsRequest(_ id: Int64) throws -> RightsRequest?
    func openRequests(about digest: Data) throws -> [RightsRequest]
    /// What must be answered first, the longest due first; then the closed ones, the newest first.
    func rightsRequests(openOnly: Bool, limit: Int) throws -> [RightsRequest]
    func countOverdueRequests(at now: Date) throws -> Int
    /// One more that came through the privacy page and to which no mail went.
    func countRequest(_ outcome: RightsRequest.Outcome, at now: Date) throws
    /// By outcome, since that day.
    func requestCounts(since day: Date) throws -> [RightsRequest.Outcome: Int]
    /// Closed, or counted, before that time.
    func hasRequests(closedBefore time: Date) throws -> Bool
    func deleteRequests(closedBefore time: Date, limit: Int) throws -> Int
    /// Nothing says any more whom a request is about; it stays open.
    func forgetSubject(_ digest: Data) throws
}

extension Transaction {
    /// A request that is served as soon as it comes. Where staff serve one that is on the register, it is that one.
    func register(
        _ kind: RightsRequest.Kind, _ outcome: RightsRequest.Outcome, by actor: Actor, about digest: Data? = nil,
        at now: Date
    ) throws {
        if let digest, var open = try openRequests(about: digest).first(where: { $0.kind == kind }) {
            (open.closedAt, open.outcome, open.handler) = (now, outcome, actor.text)
            return try update(open)
        }
        _ = try insert(
            RightsRequest(
                id: 0, kind: kind, receivedAt: now, dueAt: RightsRequest.due(now), closedAt: now, outcome: outcome,
                handler: actor.text),
            about: nil)
    }
}
