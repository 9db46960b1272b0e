import Foundation
import Mail
import Newsletter
import Rendering

extension SQLTransaction {
    func lists() throws -> [MailingList] {
        try connection.query("SELECT \(raw: listColumns) FROM list WHERE id > 0 ORDER BY id") { try MailingList($0) }
    }

    func list(_ slug: Slug) throws -> MailingList? {
        if let list = known[slug] { return list }
        let list = try connection.first("SELECT \(raw: listColumns) FROM list WHERE slug = \(slug.text) AND id > 0") {
            try MailingList($0)
        }
        if let list { known.note(list) }
        return list
    }

    func list(_ id: Int64) throws -> MailingList {
        if let list = known[id] { return list }
        guard
            let list = try connection.first(
                "SELECT \(raw: listColumns) FROM list WHERE id = \(id)", { try MailingList($0) })
        else { throw UnexpectedColumn(column: 0) }
        known.note(list)
        return list
    }

    func insert(_ list: MailingList) throws -> MailingList {
        known.forget()
        let id = try connection.first(
            """
            INSERT INTO list (slug, title, description, sender_name, sender_address, basis, language, is_public, created_at,
                keep_subscriber_days, keep_partner_days, keep_prospect_days, remind_days, closed_days, asks_company)
            VALUES (\(list.slug.text), \(list.title), \(list.description), \(list.sender.name?.text ?? ""), \(list.sender.address.wire),
                \(list.basis.rawValue), \(list.language.code), \(list.isPublic), \(list.createdAt),
                \(list.retention.terms[.subscriber]), \(list.retention.terms[.partner]), \(list.retention.terms[.prospect]),
                \(list.retention.remindDays), \(list.retention.closedDays), \(list.asksCompany))
            RETURNING id
            """
        ) { try $0.integer(0) }
        return MailingList(
            id: id ?? 0, slug: list.slug, title: list.title, description: list.description, sender: list.sender,
            basis: list.basis, language: list.language, isPublic: list.isPublic,
            asksCompany: list.asksCompany, createdAt: list.createdAt,
            closedAt: nil, retention: list.retention)
    }

    func update(_ list: MailingList) throws {
        known.forget()
        try connection.execute(
            """
            UPDATE list SET title = \(list.title), description = \(list.description), sender_name = \(list.sender.name?.text ?? ""),
                sender_address = \(list.sender.address.wire), language = \(list.language.code), is_public = \(list.isPublic),
                closed_at = \(list.closedAt), keep_subscriber_days = \(list.retention.terms[.subscriber]),
                keep_partner_days = \(list.retention.terms[.partner]), keep_prospect_days = \(list.retention.terms[.prospect]),
                remind_days = \(list.retention.remindDays), closed_days = \(list.retention.closedDays),
                former_until = \(list.former?.until), former_subscriber_days = \(list.former?.terms[.subscriber]),
                former_partner_days = \(list.former?.terms[.partner]), former_prospect_days = \(list.former?.terms[.prospect]),
                asks_company = \(list.asksCompany)
            WHERE id = \(list.id)
            """)
    }

    func count(_ state: Subscription.State, on list: MailingList) throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM subscription
            WHERE list_id = \(list.id) AND state = \(state.rawValue) AND held_at IS NULL
            """)
    }

    func countHeld(on list: MailingList) throws -> Int {
        try connection.count("SELECT COUNT(*) FROM subscription WHERE held_at IS NOT NULL AND list_id = \(list.id)")
    }
}

/// In the order in which `MailingList.init` reads them.
private let listColumns: StaticString = """
    id, slug, title, description, sender_name, sender_address, basis, language, is_public, created_at, closed_at,
    keep_subscriber_days, keep_partner_days, keep_prospect_days, remind_days, closed_days,
    former_until, former_subscriber_days, former_partner_days, former_prospect_days, asks_company
    """

extension MailingList {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            id: try row.integer(0),
            slug: try row.word(1) { Slug($0) },
            title: try row.text(2),
            description: try row.text(3),
            sender: try Correspondent(storedName: row.text(4), address: row.text(5)),
            basis: try row.word(6) { LegalBasis(rawValue: $0) },
            language: try row.word(7) { Language($0) },
            isPublic: try row.integer(8) == 1,
            asksCompany: try row.integer(20) == 1,
            createdAt: try row.date(9),
            closedAt: try row.optional(10, row.date),
            retention: try RetentionRules(row, from: 11))
        former = try row.optional(16, row.date).map { until in
            FormerTerms(terms: try RetentionRules.terms(row, from: 17), until: until)
        }
    }
}

extension Correspondent {
    /// An empty name is none.
    init(storedName name: String, address: String) throws {
        self.init(name: name.isEmpty ? nil : try HeaderText(name), address: try EmailAddress(address))
    }
}

extension RetentionRules {
    fileprivate init(_ row: any SQLRow, from first: Int) throws {
        self.init(
            terms: try Self.terms(row, from: first), remindDays: try row.optional(first + 3, row.integer).map(Int.init),
            closedDays: Int(try row.integer(first + 4)))
    }

    fileprivate static func terms(_ row: any SQLRow, from first: Int) throws -> [SubscriberClass: Int] {
        var terms: [SubscriberClass: Int] = [:]
        for (place, kind) in [SubscriberClass.subscriber, .partner, .prospect].enumerated() {
            terms[kind] = try row.optional(first + place, row.integer).map(Int.init)
        }
        return terms
    }
}
