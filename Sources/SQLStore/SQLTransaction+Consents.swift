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

    func insert(_ evidence: ConsentEvidence) throws {
        try connection.execute(
            """
            INSERT INTO consent_evidence (hash, text, since)
            VALUES (\(evidence.hash), \(evidence.text), \(evidence.since))
            ON CONFLICT (hash) DO NOTHING
            """)
    }

    func consentEvidence(_ hash: String) throws -> ConsentEvidence? {
        try connection.first("SELECT text, since FROM consent_evidence WHERE hash = \(hash)") { row in
            ConsentEvidence(try row.text(0), since: try row.date(1))
        }
    }

    func hasUnusedEvidence() throws -> Bool {
        try connection.first(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM consent_evidence WHERE \(raw: isUnused))
                OR EXISTS (SELECT 1 FROM import WHERE \(raw: hasUnusedEvidenceText))
            """
        ) { _ in true } ?? false
    }

    func deleteUnusedEvidence() throws {
        try connection.execute("DELETE FROM consent_evidence WHERE \(raw: isUnused)")
        try connection.execute("UPDATE import SET evidence = '' WHERE \(raw: hasUnusedEvidenceText)")
    }

    func countConsentsElsewhere() throws -> Int {
        try connection.count(
            "SELECT COUNT(*) FROM subscription WHERE consent_evidence IS NOT NULL AND list_id > 0")
    }

    func consentWording(_ hash: String) throws -> ConsentWording? {
        try connection.first("SELECT hash, text, language, since FROM consent_wording WHERE hash = \(hash)") { row in
            ConsentWording(
                hash: try row.text(0), text: try row.text(1), language: try row.word(2) { Language($0) },
                since: try row.date(3))
        }
    }
}

private let isUnused: StaticString = """
    NOT EXISTS (SELECT 1 FROM subscription s WHERE s.consent_evidence = consent_evidence.hash)
        AND NOT EXISTS (SELECT 1 FROM import_row r WHERE r.consent_evidence = consent_evidence.hash)
    """

/// Of a file that is imported, and that nobody's consent rests on any more.
private let hasUnusedEvidenceText: StaticString = """
    state = 'done' AND evidence <> '' AND evidence NOT IN (SELECT text FROM consent_evidence)
    """
