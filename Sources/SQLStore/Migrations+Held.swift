extension Migrations {
    static let held: [Step] = [
        Step(
            name: "held subscriptions",
            statements: [
                // Said not to exist, since when, with which status, at which domain (a keyed digest).
                "ALTER TABLE subscription ADD COLUMN held_at INTEGER",
                "ALTER TABLE subscription ADD COLUMN held_status TEXT",
                "ALTER TABLE subscription ADD COLUMN held_domain BLOB",
                // What was said against a mailbox, and has not been contradicted since.
                "ALTER TABLE subscription ADD COLUMN strike_kind TEXT",
                "ALTER TABLE subscription ADD COLUMN strikes INTEGER NOT NULL DEFAULT 0",
                "ALTER TABLE subscription ADD COLUMN struck_first INTEGER",
                "ALTER TABLE subscription ADD COLUMN struck_last INTEGER",
                "ALTER TABLE subscription ADD COLUMN strike_campaign INTEGER",
                "CREATE INDEX subscription_held ON subscription (held_at) WHERE held_at IS NOT NULL",
                // Whose affair a refusal was.
                """
                ALTER TABLE delivery ADD COLUMN cause TEXT
                    CHECK (cause IS NULL OR cause IN ('dead', 'mailbox', 'ours', 'unclear'))
                """,
                // Refusals of one kind with nothing accepted between.
                "ALTER TABLE campaign ADD COLUMN run_kind TEXT NOT NULL DEFAULT ''",
                "ALTER TABLE campaign ADD COLUMN run_count INTEGER NOT NULL DEFAULT 0",
                // What a waiting mail was refused with, for our sake.
                "ALTER TABLE outbox ADD COLUMN status TEXT",
                // Answers about recipients in an hour, altogether (no domain) and of domains where somebody is held.
                """
                CREATE TABLE answer (
                    domain BLOB NOT NULL CHECK (length(domain) IN (0, 32)),
                    hour INTEGER NOT NULL,
                    count INTEGER NOT NULL,
                    PRIMARY KEY (domain, hour)
                ) STRICT, WITHOUT ROWID
                """,
            ])
    ]
}
