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
}
