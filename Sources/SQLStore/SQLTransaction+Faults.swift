import Newsletter

extension SQLTransaction {
    /// Whoever a check has put there for a moment, on a list below 0, has agreed to nothing.
    func subscriptionsLackingConsent() throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM subscription
            WHERE basis = 'consent' AND state <> 'pending' AND list_id > 0
                AND (asked_at IS NULL OR confirmed_at IS NULL
                    OR (consent_evidence IS NULL AND (consent_text IS NULL OR consent_policy IS NULL))
                    OR (consent_evidence IS NOT NULL
                        AND consent_evidence NOT IN (SELECT hash FROM consent_evidence)))
            """)
    }

    func subscriptionsLackingSource() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM subscription WHERE source = ''")
    }

    func recordsOfNobody() throws -> Int {
        try connection.count(
            "SELECT COUNT(*) FROM token WHERE subscription_id NOT IN (SELECT id FROM subscription)")
            + connection.count(
                """
                SELECT COUNT(*) FROM outbox
                WHERE subscription_id IS NOT NULL AND subscription_id NOT IN (SELECT id FROM subscription)
                """)
            + connection.count("SELECT COUNT(*) FROM delivery WHERE seq NOT IN (SELECT seq FROM subscription)")
            + eventsOfNobody()
    }
}
