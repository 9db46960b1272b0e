extension Migrations {
    static let events: [Step] = [
        Step(
            name: "events for a receiver",
            statements: [
                // What waits to be told, and of which subscription. It holds nothing else of a person, and outlives the
                // subscription, for also that somebody is gone is told.
                """
                CREATE TABLE event (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    kind TEXT NOT NULL CHECK (kind IN ('confirmed', 'changed', 'left', 'erased', 'bounced')),
                    subscription_id BLOB NOT NULL CHECK (length(subscription_id) = 16),
                    list_id INTEGER NOT NULL REFERENCES list (id),
                    occurred_at INTEGER NOT NULL,
                    due_at INTEGER NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    failing_since INTEGER,
                    status TEXT,
                    is_claimed INTEGER NOT NULL DEFAULT 0 CHECK (is_claimed IN (0, 1)),
                    holder INTEGER NOT NULL DEFAULT 0
                ) STRICT
                """,
                "CREATE INDEX event_due ON event (due_at)",
                "CREATE INDEX event_subscription ON event (subscription_id, id)",
            ],
            postgresql: [
                """
                ALTER TABLE event SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                    autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1)
                """
            ])
    ]
}
