extension Migrations {
    static let serving: [Step] = [
        Step(
            name: "who serves",
            statements: [
                // A random word of the process that serves an embedded database; none after it has stopped.
                "ALTER TABLE installation ADD COLUMN server BLOB"
            ]),
        Step(
            name: "wishes in the ledger",
            statements: [
                // Beside who was erased: who asked never to be written to again (+), and who took that back (~), by the list's
                // number; 0 for all of them.
                "ALTER TABLE erasure RENAME TO erasure_before",
                """
                CREATE TABLE erasure (
                    number INTEGER PRIMARY KEY,
                    subscription_id BLOB CHECK (subscription_id IS NULL OR length(subscription_id) = 16),
                    kept TEXT NOT NULL CHECK (kept IN ('-', 'l', 'e', '+', '~')),
                    erased_at INTEGER NOT NULL,
                    fingerprint BLOB CHECK (fingerprint IS NULL OR length(fingerprint) = 32),
                    list_id INTEGER,
                    CHECK ((kept IN ('+', '~')) = (fingerprint IS NOT NULL)),
                    CHECK ((subscription_id IS NULL) = (fingerprint IS NOT NULL)),
                    CHECK ((list_id IS NULL) = (fingerprint IS NULL))
                ) STRICT
                """,
                """
                INSERT INTO erasure (number, subscription_id, kept, erased_at)
                SELECT number, subscription_id, kept, erased_at FROM erasure_before
                """,
                "DROP TABLE erasure_before",
            ]),
    ]
}
