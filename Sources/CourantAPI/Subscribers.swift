package import Foundation

/// The body of every call below `/api/v1/subscribers`: an address is never part of a URL, which others write down.
package struct WhichSubscriber: Codable, Sendable, Equatable {
    package var address: String
    /// For `find`: address, name and company as they are instead of masked; the audit says so.
    package var inFull: Bool?
    /// For `export`: `json` where absent, or `csv`.
    package var format: String?
    /// For `erase`: and never write to them again.
    package var neverAgain: Bool?

    package init(address: String, inFull: Bool? = nil, format: String? = nil, neverAgain: Bool? = nil) {
        self.address = address
        self.inFull = inFull
        self.format = format
        self.neverAgain = neverAgain
    }
}

/// `POST /api/v1/subscribers/rectify`: a name, a company or an address, one at a time.
package struct Rectify: Codable, Sendable, Equatable {
    package var address: String
    /// Empty takes it away.
    package var name: String?
    /// On the lists that ask for it; empty takes it away.
    package var company: String?
    /// Takes its place once its mailbox has confirmed it.
    package var newAddress: String?

    package init(address: String, name: String? = nil, company: String? = nil, newAddress: String? = nil) {
        self.address = address
        self.name = name
        self.company = company
        self.newAddress = newAddress
    }
}

/// How many subscriptions a call concerned.
package struct ServedInfo: Codable, Sendable, Equatable {
    package var subscriptions: Int
    package init(subscriptions: Int) { self.subscriptions = subscriptions }
}

/// `POST /api/v1/subscribers/find`
package struct SubscriberInfo: Codable, Sendable, Equatable {
    package var address: String
    package var subscriptions: [SubscriptionInfo]
    package var neverAgain: [NeverAgainInfo]
    /// Of theirs, not answered yet.
    package var requests: [RequestInfo]

    package init(
        address: String, subscriptions: [SubscriptionInfo], neverAgain: [NeverAgainInfo], requests: [RequestInfo]
    ) {
        self.address = address
        self.subscriptions = subscriptions
        self.neverAgain = neverAgain
        self.requests = requests
    }
}

package struct SubscriptionInfo: Codable, Sendable, Equatable {
    /// Random; says nothing about the person.
    package var id: String
    package var list: String
    package var address: String
    package var name: String?
    package var company: String?
    package var language: String
    /// `pending`, `active` or `restricted`
    package var state: String
    package var basis: String
    package var source: String
    package var askedAt: Date?
    package var confirmedAt: Date?
    package var lastActivity: Date
    /// That waits for its mailbox to confirm it.
    package var newAddress: String?

    package init(
        id: String, list: String, address: String, name: String?, company: String? = nil, language: String,
        state: String,
        basis: String, source: String, askedAt: Date?, confirmedAt: Date?, lastActivity: Date, newAddress: String?
    ) {
        self.id = id
        self.list = list
        self.address = address
        self.name = name
        self.company = company
        self.language = language
        self.state = state
        self.basis = basis
        self.source = source
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.lastActivity = lastActivity
        self.newAddress = newAddress
    }
}

/// What stayed of a wish never to be written to again.
package struct NeverAgainInfo: Codable, Sendable, Equatable {
    /// Absent: for every list.
    package var list: String?
    package var since: Date

    package init(list: String?, since: Date) {
        self.list = list
        self.since = since
    }
}
