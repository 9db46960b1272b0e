extension Migrations {
    static let consents: [Step] = [
        Step(
            name: "wordings of consent",
            statements: [
                // Each sentence that was ever shown, once; it says nothing about a person and stays.
                """
                CREATE TABLE consent_wording (
                    hash TEXT NOT NULL PRIMARY KEY CHECK (length(hash) = 64),
                    text TEXT NOT NULL,
                    language TEXT NOT NULL,
                    since INTEGER NOT NULL
                ) STRICT
                """
            ]),
        Step(
            name: "what was typed with a later link",
            statements: ["ALTER TABLE token ADD COLUMN sign_up BLOB"]),
    ]
}
