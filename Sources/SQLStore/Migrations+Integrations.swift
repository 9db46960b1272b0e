extension Migrations {
    static let integrations: [Step] = [
        Step(
            name: "logins of programs",
            statements: [
                // Neither engine widens a CHECK where it stands, so the table is made anew.
                "ALTER TABLE staff RENAME TO staff_before",
                """
                CREATE TABLE staff (
                    name TEXT NOT NULL PRIMARY KEY,
                    role TEXT NOT NULL
                        CHECK (role IN ('viewer', 'editor', 'sender', 'privacy', 'admin', 'integration')),
                    token_id TEXT NOT NULL UNIQUE,
                    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
                    created_at INTEGER NOT NULL,
                    expires_at INTEGER NOT NULL,
                    last_used INTEGER,
                    seal BLOB,
                    lists TEXT NOT NULL DEFAULT '',
                    CHECK ((role = 'integration') = (lists <> ''))
                ) STRICT
                """,
                """
                INSERT INTO staff (name, role, token_id, token_hash, created_at, expires_at, last_used, seal)
                SELECT name, role, token_id, token_hash, created_at, expires_at, last_used, seal FROM staff_before
                """,
                "DROP TABLE staff_before",
            ])
    ]
}
