extension Migrations {
    static let companies: [Step] = [
        Step(
            name: "lists that ask for the company",
            statements: [
                // What is given is sealed with the name, and needs no column.
                "ALTER TABLE list ADD COLUMN asks_company INTEGER NOT NULL DEFAULT 0 CHECK (asks_company IN (0, 1))"
            ])
    ]
}
