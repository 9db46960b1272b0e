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

    static let consentsByForm: [Step] = [
        Step(
            name: "the policy text's language",
            statements: ["ALTER TABLE policy ADD COLUMN language TEXT"]),
        Step(
            name: "sign-ups by the form rest on consent",
            statements: [
                // They had been given the basis of their list.
                """
                UPDATE subscription SET basis = 'consent'
                WHERE basis <> 'consent' AND source = 'form' AND asked_at IS NOT NULL
                """
            ]),
    ]
}
