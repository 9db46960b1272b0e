package import Foundation

/// One list, as `GET /api/v1/lists/{slug}` shows it.
package struct ListInfo: Codable, Sendable, Equatable {
    package var slug: String
    package var title: String
    package var description: String
    /// `consent` or `legitimate-interest`
    package var basis: String
    /// Display name and address in `From`.
    package var senderName: String
    package var senderAddress: String
    /// Language code used where a subscriber chose none.
    package var language: String
    /// Whether the public sign-up page offers it.
    package var isPublic: Bool
    /// Whether its people may say which company they are with. Absent at a service that cannot ask yet.
    package var asksCompany: Bool?
    package var active: Int
    package var pending: Int
    /// In neither: said not to exist.
    package var held: Int?
    package var createdAt: Date
    package var closedAt: Date?
    /// How long those are kept who never leave.
    package var retention: RetentionInfo

    package init(
        slug: String, title: String, description: String, basis: String, senderName: String, senderAddress: String,
        language: String, isPublic: Bool, asksCompany: Bool? = nil, active: Int, pending: Int, createdAt: Date,
        closedAt: Date?,
        retention: RetentionInfo = RetentionInfo(), held: Int? = nil
    ) {
        self.held = held

        self.slug = slug
        self.title = title
        self.description = description
        self.basis = basis
        self.senderName = senderName
        self.senderAddress = senderAddress
        self.language = language
        self.isPublic = isPublic
        self.asksCompany = asksCompany
        self.active = active
        self.pending = pending
        self.createdAt = createdAt
        self.closedAt = closedAt
        self.retention = retention
    }
}

/// `GET /api/v1/lists`
package struct ListsInfo: Codable, Sendable, Equatable {
    package var lists: [ListInfo]
    package init(lists: [ListInfo]) { self.lists = lists }
}

/// `POST /api/v1/lists`. What is absent takes the service's defaults: basis `consent`, sender `mail.from`, language
/// `en`, public where the basis is consent.
package struct CreateList: Codable, Sendable, Equatable {
    package var slug: String
    package var title: String
    package var description: String?
    package var basis: String?
    package var senderName: String?
    package var senderAddress: String?
    package var language: String?
    package var isPublic: Bool?
    package var asksCompany: Bool?
    package var retention: RetentionInfo?

    package init(
        slug: String, title: String, description: String? = nil, basis: String? = nil, senderName: String? = nil,
        senderAddress: String? = nil, language: String? = nil, isPublic: Bool? = nil,
        asksCompany: Bool? = nil, retention: RetentionInfo? = nil
    ) {
        self.slug = slug
        self.title = title
        self.description = description
        self.basis = basis
        self.senderName = senderName
        self.senderAddress = senderAddress
        self.language = language
        self.isPublic = isPublic
        self.asksCompany = asksCompany
        self.retention = retention
    }
}

/// `PATCH /api/v1/lists/{slug}`: what is absent stays as it is.
package struct EditList: Codable, Sendable, Equatable {
    package var title: String?
    package var description: String?
    package var senderName: String?
    package var senderAddress: String?
    package var language: String?
    package var isPublic: Bool?
    package var asksCompany: Bool?
    package var retention: RetentionInfo?
    /// How many a shorter term erases once it counts; refused (409, `erases-people`) where they are others.
    package var expectErased: Int?

    package init(
        title: String? = nil, description: String? = nil, senderName: String? = nil, senderAddress: String? = nil,
        language: String? = nil, isPublic: Bool? = nil, asksCompany: Bool? = nil, retention: RetentionInfo? = nil,
        expectErased: Int? = nil
    ) {
        self.title = title
        self.description = description
        self.senderName = senderName
        self.senderAddress = senderAddress
        self.language = language
        self.isPublic = isPublic
        self.asksCompany = asksCompany
        self.retention = retention
        self.expectErased = expectErased
    }

    /// Something beside how long people are kept.
    package var changesTheList: Bool { self != EditList(retention: retention, expectErased: expectErased) }
}

/// `POST /api/v1/lists/{slug}/close`
package struct CloseListOrder: Codable, Sendable, Equatable {
    /// How many are erased in the end; refused (409, `erases-people`) where they are others.
    package var expectErased: Int?

    package init(expectErased: Int? = nil) { self.expectErased = expectErased }
}
