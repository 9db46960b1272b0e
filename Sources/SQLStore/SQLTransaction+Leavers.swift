import Newsletter

extension SQLTransaction {
    func countLeavers(on list: MailingList) throws -> Int {
        try connection.count(
            "SELECT COUNT(*) FROM subscription WHERE list_id = \(list.id) AND (state <> 'pending' OR asked_at IS NULL)")
    }

    func leavers(on list: MailingList, after place: Int64, limit: Int) throws
        -> [(place: Int64, subscription: Subscription)]
    {
        try connection.query(
            """
            SELECT \(raw: subscriptionColumns), seq FROM subscription
            WHERE list_id = \(list.id) AND seq > \(place) AND (state <> 'pending' OR asked_at IS NULL)
            ORDER BY seq LIMIT \(limit)
            """
        ) { (place: try $0.integer(subscriptionColumnCount), subscription: try Subscription($0, self.list)) }
    }
}
