package import Foundation

/// One entry of the register of requests: no address.
package struct RequestInfo: Codable, Sendable, Equatable {
    package var id: String
    /// `access`, `rectification`, `restriction`, `lifting`, `objection`, `erasure`, `portability`, `other`
    package var kind: String
    package var receivedAt: Date
    /// A month later, three where it was extended.
    package var dueAt: Date
    package var isExtended: Bool
    package var isOverdue: Bool
    package var closedAt: Date?
    /// `done`, `link-sent`, `nothing-held`, `limited`, `refused`, `withdrawn`
    package var outcome: String?
    /// `staff:Pia`
    package var handler: String?

    package init(
        id: String, kind: String, receivedAt: Date, dueAt: Date, isExtended: Bool, isOverdue: Bool, closedAt: Date?,
        outcome: String?, handler: String?
    ) {
        self.id = id
        self.kind = kind
        self.receivedAt = receivedAt
        self.dueAt = dueAt
        self.isExtended = isExtended
        self.isOverdue = isOverdue
        self.closedAt = closedAt
        self.outcome = outcome
        self.handler = handler
    }
}

/// `GET /api/v1/requests`: the open ones, the longest due first; then the closed, newest first.
package struct RequestsInfo: Codable, Sendable, Equatable {
    package var requests: [RequestInfo]
    package var counted: CountedRequests?

    package init(requests: [RequestInfo], counted: CountedRequests? = nil) {
        self.requests = requests
        self.counted = counted
    }
}

/// What came through the privacy page and got no mail: counted, and not on the register, which strangers could fill.
package struct CountedRequests: Codable, Sendable, Equatable {
    /// The last so many.
    package var days: Int
    /// For addresses of which nothing is held.
    package var nothingHeld: Int
    /// Too soon after another.
    package var limited: Int

    package init(days: Int, nothingHeld: Int, limited: Int) {
        self.days = days
        self.nothingHeld = nothingHeld
        self.limited = limited
    }
}

/// `POST /api/v1/requests`: what came by letter, telephone or mail.
package struct OpenRequest: Codable, Sendable, Equatable {
    package var kind: String
    /// When it came; now where absent.
    package var received: Date?
    /// Whom it is about: then serving them closes it. Kept as a keyed digest, and only while it is open.
    package var address: String?

    package init(kind: String, received: Date? = nil, address: String? = nil) {
        self.kind = kind
        self.received = received
        self.address = address
    }
}

/// `POST /api/v1/requests/{id}/close`
package struct CloseRequest: Codable, Sendable, Equatable {
    package var outcome: String
    package init(outcome: String) { self.outcome = outcome }
}
