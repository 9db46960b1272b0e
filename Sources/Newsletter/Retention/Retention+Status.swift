/// A rule that would end many people of a list at once is more likely a slip than what was meant: a term that somebody has typed
/// wrongly, an activity that an import has brought along wrongly, a time of day that was believed wrongly. What is
/// erased is gone, so it waits for a person who says the number.
///
/// In the day-to-day, sweeps come once a minute and end one or two people, after an outage of days a few per cent: below
/// `share` nobody is asked, nor below `floor`, for on a small list a few people are a large share. Sign-ups that nobody has
/// confirmed are not counted: of an import most may go in an hour, and they have lost nothing but a link. Nor is a list that
/// staff have closed: that everybody on it goes is what closing says, and there are thirty days to think better of it.
extension Retention {
    package static let share = 0.05
    package static let floor = 50

    /// What would end at once, where a person has to look at it first and has not.
    func due(_ erasureRules: [ErasureRule], on list: MailingList, _ tx: any Transaction) throws -> HeldSweep? {
        let due = try erasureRules.compactMap(\.tally).reduce(0) { try $0 + $1(tx) }
        guard due > Self.floor else { return nil }
        let population = try tx.countAnybody(on: list)
        guard Double(due) > Self.share * Double(population) else { return nil }
        let held = try tx.heldSweeps().first { $0.list == list.slug }
        // Meanwhile a few more may have come to their term.
        if let released = held?.released, due <= released + Self.floor { return nil }
        return HeldSweep(list: list.slug, due: due, population: population)
    }

    /// Writes down what is held; what was released is forgotten once it is done.
    func hold(_ erasureRules: [ErasureRule], on list: MailingList) async throws -> HeldSweep? {
        let (held, known, isDue) = try await store.read { tx in
            let known = try tx.heldSweeps().first { $0.list == list.slug }
            let isDue = try known != nil && erasureRules.contains { try $0.tally != nil && !$0.find(tx, 1).isEmpty }
            return (try due(erasureRules, on: list, tx), known, isDue)
        }
        let isDone = held == nil && known != nil && (known?.released == nil || !isDue)
        guard held.map({ $0 != known }) ?? isDone else { return held }
        try await store.write { try $0.hold(held, on: list) }
        return held
    }

    /// Those whom a rule would end and whom a sweep has not ended by itself.
    package func held() async throws -> [HeldSweep] {
        try await store.read { try $0.heldSweeps() }.filter { $0.released == nil }
    }

    /// The next sweep may end so many on the list.
    package func release(_ slug: Slug, expecting count: Int, by actor: Actor) async throws -> HeldSweep {
        let now = calendar.now()
        return try await store.write { [keyring] tx in
            let list = try tx.existing(slug)
            let held = try tx.heldSweeps().first { $0.list == slug }
            guard var released = held, released.due == count else {
                throw Refusal.sweepChanged(list: slug.text, expected: count, actual: held?.due ?? 0)
            }
            released.released = count
            try tx.hold(released, on: list)
            try tx.audit(
                .releaseRetention, of: .list(slug), by: actor, result: "due=\(count)", keyring: keyring, at: now)
            return released
        }
    }
}
