extension Migrations {
    static let reports: [Step] = [
        Step(
            name: "what came back",
            statements: [
                // Of the newest campaign about which a report has counted: each counts once.
                "ALTER TABLE subscription ADD COLUMN returned_campaign INTEGER",
                // No person's: how often what was said of a campaign's mails after the relay had taken them.
                """
                CREATE TABLE returned (
                    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
                    class TEXT NOT NULL,
                    status TEXT NOT NULL,
                    count INTEGER NOT NULL,
                    PRIMARY KEY (campaign_id, class, status)
                ) STRICT, WITHOUT ROWID
                """,
            ])
    ]

    static let probes: [Step] = [
        Step(
            name: "probes that are waited for",
            statements: [
                // Nobody's mail: from the operator to the operator, gone within the hour.
                """
                CREATE TABLE probe (
                    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                    made_at INTEGER NOT NULL,
                    mail BLOB
                ) STRICT
                """
            ])
    ]
}
