extension Migrations {
    static let retention: [Step] = [
        Step(
            name: "retention",
            statements: [
                "ALTER TABLE list ADD COLUMN keep_subscriber_days INTEGER",
                "ALTER TABLE list ADD COLUMN keep_partner_days INTEGER",
                "ALTER TABLE list ADD COLUMN keep_prospect_days INTEGER",
                "ALTER TABLE list ADD COLUMN remind_days INTEGER",
                "ALTER TABLE list ADD COLUMN closed_days INTEGER NOT NULL DEFAULT 30",
                """
                ALTER TABLE subscription ADD COLUMN class TEXT NOT NULL DEFAULT 'subscriber'
                    CHECK (class IN ('subscriber', 'partner', 'prospect'))
                """,
                // When its owner was asked whether to be kept, unless an answer has come.
                "ALTER TABLE subscription ADD COLUMN reminded_at INTEGER",
                """
                CREATE INDEX subscription_quiet ON subscription (list_id, class, state, last_activity, reminded_at)
                """,
                "DROP INDEX subscription_pending",
                "CREATE INDEX subscription_unconfirmed ON subscription (last_activity) WHERE state = 'pending'",
            ]),
        Step(
            name: "imports",
            statements: [
                """
                CREATE TABLE import (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    list_id INTEGER NOT NULL REFERENCES list (id),
                    class TEXT NOT NULL CHECK (class IN ('subscriber', 'partner', 'prospect')),
                    source TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('reading', 'accepted', 'done')),
                    created_by TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    idempotency_key TEXT,
                    digest TEXT NOT NULL DEFAULT '',
                    row_count INTEGER NOT NULL DEFAULT 0,
                    duplicates INTEGER NOT NULL DEFAULT 0,
                    imported INTEGER NOT NULL DEFAULT 0,
                    known INTEGER NOT NULL DEFAULT 0,
                    blocked INTEGER NOT NULL DEFAULT 0,
                    UNIQUE (created_by, idempotency_key)
                ) STRICT
                """,
                // The lines of files that are being read or put on a list; empty otherwise.
                """
                CREATE TABLE import_row (
                    seq INTEGER PRIMARY KEY AUTOINCREMENT,
                    import_id INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
                    digest BLOB NOT NULL CHECK (length(digest) = 32),
                    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
                    subscription_id BLOB NOT NULL CHECK (length(subscription_id) = 16),
                    person BLOB NOT NULL,
                    language TEXT NOT NULL,
                    last_contact INTEGER,
                    UNIQUE (import_id, digest)
                ) STRICT
                """,
                "CREATE INDEX import_row_order ON import_row (import_id, seq)",
            ]),
    ]
}
