extension Migrations {
    static let register: [Step] = [
        Step(
            name: "requests that are counted",
            statements: [
                // What came through the privacy page and got no mail, by the day: strangers fill no register.
                """
                CREATE TABLE request_count (
                    day INTEGER NOT NULL,
                    outcome TEXT NOT NULL CHECK (outcome IN ('nothing-held', 'limited')),
                    count INTEGER NOT NULL,
                    PRIMARY KEY (day, outcome)
                ) STRICT
                """,
                """
                INSERT INTO request_count (day, outcome, count)
                SELECT received_at - received_at % 86400000, outcome, COUNT(*) FROM rights_request
                WHERE handler = 'person' AND outcome IN ('nothing-held', 'limited')
                GROUP BY received_at - received_at % 86400000, outcome
                """,
                "DELETE FROM rights_request WHERE handler = 'person' AND outcome IN ('nothing-held', 'limited')",
                "CREATE INDEX rights_request_closed ON rights_request (closed_at) WHERE closed_at IS NOT NULL",
            ])
    ]
}
