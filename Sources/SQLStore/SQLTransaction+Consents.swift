import Foundation
import Newsletter
import Rendering

extension SQLTransaction {
    func insert(_ wording: ConsentWording) throws {
        try connection.execute(
            """
            INSERT INTO consent_wording (hash, text, language, since)
            VALUES (\(wording.hash), \(wording.text), \(wording.language.code), \(wording.since))
            ON CONFLICT (hash) DO NOTHING
            """)
    }

    func consentWording(_ hash: String) throws -> ConsentWording? {
        try connection.first("SELECT hash, text, language, since FROM consent_wording WHERE hash = \(hash)") { row in
            ConsentWording(
                hash: try row.text(0), text: try row.text(1), language: try row.word(2) { Language($0) },
                since: try row.date(3))
        }
    }
}
