import Foundation
import Mail
import Newsletter
import Rendering

/// Check lists have numbers below 0, which the engines never give out.
extension SQLTransaction {
    func insertCheckList(like list: MailingList, at now: Date) throws -> MailingList {
        let id = -Int64.random(in: 1...Int64.max)
        try connection.execute(
            """
            INSERT INTO list (id, slug, title, description, sender_name, sender_address, basis, language, is_public, created_at,
                asks_company)
            VALUES (\(id), \("check-\(String(UInt64.random(in: .min ... .max), radix: 16))"), \(list.title),
                \(list.description), \(list.sender.name?.text ?? ""), \(list.sender.address.wire), 'consent',
                \(list.language.code), 0, \(now), \(list.asksCompany))
            """)
        return try self.list(id)
    }

    func deleteCheckList(_ id: Int64) throws {
        guard id < 0 else { return }
        known.forget()
        // Tokens and mails go with their subscription (ON DELETE CASCADE).
        try connection.execute("DELETE FROM subscription WHERE list_id = \(id)")
        try connection.execute(
            "DELETE FROM list WHERE id = \(id) AND NOT EXISTS (SELECT 1 FROM subscription WHERE list_id = \(id))")
        effects.mustScrub = true
    }

    func deleteCheckLists(madeOutside living: ClosedRange<Date>) throws {
        let orphaned = try connection.query(
            """
            SELECT id FROM list WHERE id < 0 AND (created_at < \(living.lowerBound) OR created_at > \(living.upperBound))
            """
        ) { try $0.integer(0) }
        for id in orphaned { try deleteCheckList(id) }
    }
}
