import CoreMetrics
package import Foundation

/// Who is said not to exist, and what becomes of them.
///
/// Deletion is final, and a relay's word is one word: whoever is said not to exist is held first. A held subscription is in no
/// audience and gets no mail but what its owner asks for; whatever of that is taken lifts the hold, and so does a sign-up
/// that is confirmed anew. The sweep erases what has been held for `hold`, unless the `Brake` is on: then nobody is erased
/// until staff decide, and whom nobody decides about for two weeks is released, with a strike: the next campaign tells.
package struct Bounces: Sendable {
    private let store: any Store
    private let keyring: Keyring
    /// Steady: nobody is erased because a clock was wrong for an hour.
    private let calendar: SteadyClock
    /// How long somebody is held before being erased.
    package let hold: Duration

    /// How long staff may take to decide while the brake is on.
    package static let decisionTerm: Duration = .days(14)
    /// How long counts of answers are of use.
    private static let memory: Duration = .days(16)

    package init(
        store: any Store, keyring: Keyring, calendar: SteadyClock, hold: Duration
    ) {
        self.store = store
        self.keyring = keyring
        self.calendar = calendar
        self.hold = hold
    }

    // MARK: Showing

    package func show(campaign: Int64? = nil) async throws -> HeldStanding {
        try await store.read { [hold] tx in
            if let campaign { _ = try tx.existing(campaign) }
            var standing = try tx.heldStanding(of: campaign, hold: hold)
            standing.returned = try tx.returned(of: campaign)
            return standing
        }
    }

    // MARK: Deciding

    /// They are written to again. `expect`: how many were shown; refused where there are others now.
    package func release(campaign: Int64?, expect: Int?, by actor: Actor) async throws -> Int {
        try await decide(.releaseHeld, campaign, expect, by: actor) { tx, places, now in
            try tx.release(places, at: now)
            return 0
        }
    }

    /// Gone at once and for good, whatever the brake says.
    package func erase(campaign: Int64?, expect: Int?, by actor: Actor) async throws -> Int {
        try await decide(.eraseHeld, campaign, expect, by: actor) { tx, places, now in
            try places.count { try tx.eraseHeld($0, at: now) }
        }
    }

    /// In portions, so that sign-ups wait for none of them; each is an audit entry.
    private func decide(
        _ action: AuditAction, _ campaign: Int64?, _ expect: Int?, by actor: Actor,
        _ act: @escaping @Sendable (any Transaction, [HeldPlace], Date) throws -> Int
    ) async throws -> Int {
        let now = calendar.now()
        let found = try await show(campaign: campaign).held
        if let expect, expect != found { throw Refusal.heldChanged(expected: expect, actual: found) }
        var total = 0
        while true {
            let isFirst = total == 0
            let (count, erased) = try await store.write { [keyring] tx in
                let places = try tx.held(of: campaign, until: .distantFuture, limit: Retention.batch)
                let erased = try act(tx, places, now)
                if !places.isEmpty || isFirst {
                    try tx.audit(
                        action, of: campaign.map { .campaign($0) } ?? .installation, by: actor,
                        result: "subscriptions=\(places.count)", keyring: keyring, at: now)
                }
                return (places.count, erased)
            }
            Measures.dead.increment(by: erased)
            total += count
            if count < Retention.batch { break }
        }
        return total
    }

    // MARK: Sweeping

    /// Erases whose time is over, or releases who has waited for a decision for two weeks.
    package func sweep() async throws -> BounceSweep {
        try await forgetProbes()
        let standing = try await calendar.look(in: store)
        guard standing.mayEnd else { throw Refusal.clockInDoubt(standing) }
        let now = calendar.now()
        var sweep = BounceSweep()
        // A look costs nothing; most sweeps find nobody.
        while try await isSomebodyDue(at: now) {
            let (erased, released) = try await store.write { [keyring, hold] tx in
                let isOn = try tx.brake().isOn
                let horizon = now - (isOn ? Self.decisionTerm : hold)
                let places = try tx.held(of: nil, until: horizon, limit: Retention.batch)
                let word = isOn ? "undecided" : "dead"
                if isOn { try tx.release(places, at: now) }
                let erased = isOn ? 0 : try places.count { try tx.eraseHeld($0, at: now) }
                if !places.isEmpty {
                    try tx.audit(
                        .runRetention, of: .installation, by: .service, result: "\(word)=\(places.count)",
                        keyring: keyring, at: now)
                }
                return (erased, isOn ? places.count : 0)
            }
            Measures.dead.increment(by: erased)
            sweep.erased += erased
            sweep.released += released
        }
        try await forgetAnswers(at: now)
        return sweep
    }

    private func isSomebodyDue(at now: Date) async throws -> Bool {
        try await store.read { [hold] tx in
            guard try !tx.held(of: nil, until: now - hold, limit: 1).isEmpty else { return false }
            let horizon = now - (try tx.brake().isOn ? Self.decisionTerm : hold)
            return try !tx.held(of: nil, until: horizon, limit: 1).isEmpty
        }
    }

    /// Also while the clock is in doubt: they are nobody's.
    private func forgetProbes() async throws {
        let now = calendar.now()
        let living = now - Probe.lifetime...now + Probe.lifetime
        guard try await store.read({ try $0.hasProbes(madeOutside: living) }) else { return }
        try await store.write { try $0.deleteProbes(madeOutside: living) }
    }

    private func forgetAnswers(at now: Date) async throws {
        let horizon = now - Self.memory
        let isStale = try await store.read { tx in
            let domains = Set(try tx.heldCounts().compactMap(\.domain))
            return try tx.answerCounts().contains { answer in
                answer.hour < horizon || !(answer.domain.isEmpty || domains.contains(answer.domain))
            }
        }
        guard isStale else { return }
        try await store.write { try $0.forgetAnswers(before: horizon) }
    }
}

/// What one sweep did: counts alone.
package struct BounceSweep: Sendable, Equatable {
    package var erased = 0
    package var released = 0
    package init() {}
}

/// How many are held, why, and what becomes of them if nobody does anything.
package struct HeldStanding: Sendable {
    package let held: Int
    /// By what was said, most frequent first.
    package let statuses: [(status: String, count: Int)]
    /// By campaign, newest first; nil: by other mails.
    package let campaigns: [(campaign: Int64?, count: Int)]
    package let brake: Brake
    /// From when on the first of them is erased, or, with the brake on, released.
    package let next: Date?
    /// What came back after the relay had taken it, most frequent first; empty where it was not asked for.
    package var returned: [ReturnedCount] = []
}

extension Transaction {
    package func heldStanding(of campaign: Int64?, hold: Duration) throws -> HeldStanding {
        let all = try heldCounts()
        let counts = all.filter { campaign == nil || $0.campaign == campaign }
        let brake = counts.isEmpty ? .off : try brake()
        let statuses = Dictionary(counts.map { ($0.status, $0.count) }) { $0 + $1 }
        let campaigns = Dictionary(counts.map { ($0.campaign, $0.count) }) { $0 + $1 }
        let oldest = counts.map(\.hour).min()
        return HeldStanding(
            held: counts.reduce(0) { $0 + $1.count },
            statuses: statuses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) },
            campaigns: campaigns.sorted { $0.key ?? 0 > $1.key ?? 0 }.map { ($0.key, $0.value) }, brake: brake,
            next: oldest.map { $0 + (brake.isOn ? Bounces.decisionTerm : hold) })
    }
}

extension HeldStanding {
    /// In plain words, for whoever sent the campaign or runs the service; nil where nobody is held.
    package func words(at now: Date) -> String? {
        guard held > 0, let next else { return nil }
        let begin = "\(held) held: said not to exist"
        guard !brake.isOn else {
            let reasons = brake.words.joined(separator: " ")
            return
                "\(begin). Nobody is erased: \(reasons) Decide with courant bounces release or erase; after two weeks they "
                + "are released."
        }
        return "\(begin); erased \(next.fromNow(now)) unless they turn out to live, or courant bounces release says so."
    }
}

extension Date {
    /// `within the hour`, `today`, `tomorrow`, `in 3 days`.
    fileprivate func fromNow(_ now: Date) -> String {
        let hours = timeIntervalSince(now) / 3600
        if hours < 1 { return "within the hour" }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let days = calendar.dateComponents(
            [.day], from: calendar.startOfDay(for: now), to: calendar.startOfDay(for: self))
        switch days.day ?? 0 {
        case ..<1: return "today"
        case 1: return "tomorrow"
        default: return "in \(days.day ?? 0) days"
        }
    }
}
