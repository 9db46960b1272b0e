/// `POST /api/v1/subscriptions`: a sign-up on somebody's behalf, which they confirm by mail.
package struct RequestSubscription: Codable, Sendable, Equatable {
    package var email: String
    package var name: String?
    /// Refused where the list does not ask for it.
    package var company: String?
    package var list: String
    /// Of the mail and the pages; the list's language where absent or not ours.
    package var locale: String?
    /// Where the person asked for it, in words that they will read.
    package var source: String

    package init(
        email: String, name: String? = nil, company: String? = nil, list: String, locale: String? = nil, source: String
    ) {
        self.email = email
        self.name = name
        self.company = company
        self.list = list
        self.locale = locale
        self.source = source
    }
}

/// `DELETE /api/v1/subscriptions`, in its body: URLs are written down on the way.
package struct RemoveSubscription: Codable, Sendable, Equatable {
    package var email: String
    package var list: String

    package init(email: String, list: String) {
        self.email = email
        self.list = list
    }
}
