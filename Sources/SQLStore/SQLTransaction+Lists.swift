import Foundation
import Mail
import Newsletter
import Rendering

extension SQLTransaction {
    func lists() throws -> [MailingList] {
        try connection.query("SELECT \(raw: listColumns) FROM list ORDER BY id") { try MailingList($0) }
    }

    func list(_ slug: Slug) throws -> MailingList? {
        try connection.first("SELECT \(raw: listColumns) FROM list WHERE slug = \(slug.text)") { try MailingList($0) }
    }

    func insert(_ list: MailingList) throws -> MailingList {
        let id = try connection.first(
            """
            INSERT INTO list (slug, title, description, sender_name, sender_address, basis, language, is_public, created_at,
                keep_subscriber_days, keep_partner_days, keep_prospect_days, remind_days, closed_days)
            VALUES (\(list.slug.text), \(list.title), \(list.description), \(list.sender.name?.text ?? ""), \(list.sender.address.wire),
                \(list.basis.rawValue), \(list.language.code), \(list.isPublic), \(list.createdAt),
                \(list.retention.terms[.subscriber]), \(list.retention.terms[.partner]), \(list.retention.terms[.prospect]),
                \(list.retention.remindDays), \(list.retention.closedDays))
            RETURNING id
            """
        ) { try $0.integer(0) }
        return MailingList(
            id: id ?? 0, slug: list.slug, title: list.title, description: list.description, sender: list.sender,
            basis: list.basis, language: list.language, isPublic: list.isPublic, createdAt: list.createdAt,
            closedAt: nil, retention: list.retention)
    }

    func update(_ list: MailingList) throws {
        try connection.execute(
            """
            UPDATE list SET title = \(list.title), description = \(list.description), sender_name = \(list.sender.name?.text ?? ""),
                sender_address = \(list.sender.address.wire), language = \(list.language.code), is_public = \(list.isPublic),
                closed_at = \(list.closedAt), keep_subscriber_days = \(list.retention.terms[.subscriber]),
                keep_partner_days = \(list.retention.terms[.partner]), keep_prospect_days = \(list.retention.terms[.prospect]),
                remind_days = \(list.retention.remindDays), closed_days = \(list.retention.closedDays)
            WHERE id = \(list.id)
            """)
    }

    func count(_ state: Subscription.State, on list: MailingList) throws -> Int {
        try connection.count(
            "SELECT COUNT(*) FROM subscription WHERE list_id = \(list.id) AND state = \(state.rawValue)")
    }
}

/// In the order in which `MailingList.init` reads them.
let listColumns: StaticString = """
    list.id, list.slug, list.title, list.description, list.sender_name, list.sender_address, list.basis, list.language,
    list.is_public, list.created_at, list.closed_at, list.keep_subscriber_days, list.keep_partner_days,
    list.keep_prospect_days, list.remind_days, list.closed_days
    """
let listColumnCount = 16

extension MailingList {
    init(_ row: any SQLRow, from first: Int = 0) throws {
        let name = try row.text(first + 4)
        self.init(
            id: try row.integer(first),
            slug: try row.word(first + 1) { Slug($0) },
            title: try row.text(first + 2),
            description: try row.text(first + 3),
            sender: try Correspondent(
                name: name.isEmpty ? nil : HeaderText(name), address: EmailAddress(row.text(first + 5))),
            basis: try row.word(first + 6) { LegalBasis(rawValue: $0) },
            language: try row.word(first + 7) { Language($0) },
            isPublic: try row.integer(first + 8) == 1,
            createdAt: try row.date(first + 9),
            closedAt: try row.optional(first + 10, row.date),
            retention: try RetentionRules(row, from: first + 11))
    }
}

extension RetentionRules {
    fileprivate init(_ row: any SQLRow, from first: Int) throws {
        var terms: [SubscriberClass: Int] = [:]
        for (place, kind) in [SubscriberClass.subscriber, .partner, .prospect].enumerated() {
            terms[kind] = try row.optional(first + place, row.integer).map(Int.init)
        }
        self.init(
            terms: terms, remindDays: try row.optional(first + 3, row.integer).map(Int.init),
            closedDays: Int(try row.integer(first + 4)))
    }
}
