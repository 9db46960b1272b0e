extension Migrations {
    static let clock: [Step] = [
        Step(
            name: "a clock that is known to be right",
            statements: [
                "ALTER TABLE installation ADD COLUMN clock_known INTEGER",
                "ALTER TABLE installation ADD COLUMN clock_seen INTEGER",
                // Milliseconds.
                "ALTER TABLE installation ADD COLUMN clock_stood INTEGER",
                "ALTER TABLE installation ADD COLUMN clock_confirmed INTEGER",
                // What a sweep would end on the list at once, of how many, and how many of them a person has released.
                "ALTER TABLE list ADD COLUMN held_due INTEGER",
                "ALTER TABLE list ADD COLUMN held_population INTEGER",
                "ALTER TABLE list ADD COLUMN held_released INTEGER",
            ])
    ]
}
