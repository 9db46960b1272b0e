extension Migrations {
    static let announcements: [Step] = [
        Step(
            name: "moves that are announced",
            statements: [
                "ALTER TABLE import ADD COLUMN announces INTEGER NOT NULL DEFAULT 0 CHECK (announces IN (0, 1))"
            ])
    ]
}
