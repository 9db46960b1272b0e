extension Migrations {
    static let instances: [Step] = [
        Step(
            name: "instances",
            statements: [
                // Processes that serve this store together; each claims for itself. Where there can be one only, it is empty.
                "CREATE TABLE instance (id INTEGER PRIMARY KEY AUTOINCREMENT, until INTEGER NOT NULL) STRICT",
                "ALTER TABLE delivery ADD COLUMN holder INTEGER NOT NULL DEFAULT 0",
                "ALTER TABLE outbox ADD COLUMN holder INTEGER NOT NULL DEFAULT 0",
            ],
            postgresql: [
                // Rows that live for milliseconds, and counters: swept long before a fifth of the table is dead.
                """
                ALTER TABLE delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                    autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1)
                """,
                """
                ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
                    autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1)
                """,
                """
                ALTER TABLE subscription SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02)
                """,
                "ALTER TABLE token SET (autovacuum_vacuum_scale_factor = 0.05)",
                "ALTER TABLE campaign SET (fillfactor = 20, autovacuum_vacuum_threshold = 500)",
                "ALTER TABLE installation SET (fillfactor = 20, autovacuum_vacuum_threshold = 500)",
                "ALTER TABLE instance SET (fillfactor = 20, autovacuum_vacuum_threshold = 500)",
            ])
    ]
}
