extension Migrations {
    static let links: [Step] = [
        Step(
            name: "links in waiting mails",
            statements: [
                // The token of the mail's one-time link, and its term, which begins when the relay has the mail.
                "ALTER TABLE outbox ADD COLUMN link BLOB",
                "ALTER TABLE outbox ADD COLUMN link_seconds INTEGER",
            ])
    ]
}
