extension Migrations {
    static let evidence: [Step] = [
        Step(
            name: "consent that was given elsewhere",
            statements: [
                // Where, and in which words: once each, for as long as anybody's consent rests on it.
                """
                CREATE TABLE consent_evidence (
                    hash TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64),
                    text TEXT NOT NULL,
                    since INTEGER NOT NULL
                ) STRICT
                """,
                // Names the evidence; a consent that was given here has none.
                "ALTER TABLE subscription ADD COLUMN consent_evidence TEXT",
                """
                CREATE INDEX subscription_evidence ON subscription (consent_evidence)
                    WHERE consent_evidence IS NOT NULL
                """,
                "ALTER TABLE import ADD COLUMN evidence TEXT",
                "ALTER TABLE import ADD COLUMN consent_day INTEGER",
                "ALTER TABLE import ADD COLUMN skips_bad INTEGER NOT NULL DEFAULT 0 CHECK (skips_bad IN (0, 1))",
                // Of a file that comes in parts: how many have come, and how many bad lines were in them.
                "ALTER TABLE import ADD COLUMN parts INTEGER NOT NULL DEFAULT 0",
                "ALTER TABLE import ADD COLUMN invalid INTEGER NOT NULL DEFAULT 0",
                // Read to its end, and waits for a second person since then.
                "ALTER TABLE import ADD COLUMN proposed_at INTEGER",
                "ALTER TABLE import ADD COLUMN approved_by TEXT",
                // What a line says of a consent that was given elsewhere, or of somebody who moves here.
                "ALTER TABLE import_row ADD COLUMN asked_at INTEGER",
                "ALTER TABLE import_row ADD COLUMN confirmed_at INTEGER",
                "ALTER TABLE import_row ADD COLUMN consent_text TEXT",
                "ALTER TABLE import_row ADD COLUMN consent_policy TEXT",
                "ALTER TABLE import_row ADD COLUMN consent_evidence TEXT",
                "ALTER TABLE import_row ADD COLUMN class TEXT",
                "ALTER TABLE import_row ADD COLUMN source TEXT",
                """
                ALTER TABLE import_row ADD COLUMN is_restricted INTEGER NOT NULL DEFAULT 0
                    CHECK (is_restricted IN (0, 1))
                """,
                """
                CREATE INDEX import_row_evidence ON import_row (consent_evidence) WHERE consent_evidence IS NOT NULL
                """,
            ]),
        Step(
            name: "never-again people of another tool",
            statements: [
                // A list of 0 is every list.
                """
                CREATE TABLE block (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    list_id INTEGER NOT NULL,
                    source TEXT NOT NULL,
                    skips_bad INTEGER NOT NULL CHECK (skips_bad IN (0, 1)),
                    state TEXT NOT NULL CHECK (state IN ('reading', 'accepted', 'done')),
                    created_by TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    idempotency_key TEXT,
                    parts INTEGER NOT NULL DEFAULT 0,
                    row_count INTEGER NOT NULL DEFAULT 0,
                    duplicates INTEGER NOT NULL DEFAULT 0,
                    invalid INTEGER NOT NULL DEFAULT 0,
                    known INTEGER NOT NULL DEFAULT 0,
                    blocked INTEGER NOT NULL DEFAULT 0,
                    leaving INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (created_by, idempotency_key)
                ) STRICT
                """,
                // The lines of files that are being read or taken over; empty otherwise.
                """
                CREATE TABLE block_row (
                    seq INTEGER PRIMARY KEY AUTOINCREMENT,
                    block_id INTEGER NOT NULL REFERENCES block (id) ON DELETE CASCADE,
                    digest BLOB NOT NULL CHECK (length(digest) = 32),
                    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
                    UNIQUE (block_id, digest)
                ) STRICT
                """,
                "CREATE INDEX block_row_order ON block_row (block_id, seq)",
            ]),
    ]
}
