extension Migrations {
    static let moves: [Step] = [
        Step(
            name: "moving house",
            statements: [
                // This database's part in a move, a mark that both sides of it share, and where the other side is.
                "ALTER TABLE installation ADD COLUMN move_state TEXT CHECK (move_state IN ('leaving', 'arriving', 'left'))",
                "ALTER TABLE installation ADD COLUMN move_mark BLOB",
                "ALTER TABLE installation ADD COLUMN move_place TEXT",
            ])
    ]
}
