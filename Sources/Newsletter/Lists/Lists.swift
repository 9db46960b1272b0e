import Foundation
package import Mail
package import Rendering
import Synchronization

/// The lists: what the sign-up page offers and what campaigns go to.
package struct Lists: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let languages: [Language]
    private let remembered = Remembered()

    package init(store: any Store, keyring: Keyring, clock: WallClock, languages: [Language]) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.languages = languages
    }

    /// A list with how many it has.
    package struct Standing: Sendable {
        package let list: MailingList
        package let active: Int
        package let pending: Int
        /// In neither: said not to exist.
        package let held: Int
    }

    package func all() async throws -> [Standing] {
        try await store.read { tx in try tx.lists().map { try tx.standing(of: $0) } }
    }

    package func show(_ slug: Slug) async throws -> Standing {
        try await store.read { tx in try tx.standing(of: tx.existing(slug)) }
    }

    /// What the sign-up page offers, in the order of their making. Asked at each sign-up and changed hardly ever, so it is
    /// remembered for a second; the sign-up's own transaction looks once more.
    package func offered() async throws -> [MailingList] {
        let uptime = clock.uptime()
        if let known = remembered.value, uptime < known.until { return known.lists }
        let lists = try await store.read { tx in try tx.lists().filter { $0.isPublic && $0.closedAt == nil } }
        remembered.value = Memory(lists: lists, until: uptime + .seconds(1))
        return lists
    }

    private struct Memory: Sendable {
        let lists: [MailingList]
        let until: Duration
    }

    /// Shared by the copies of this value.
    private final class Remembered: Sendable {
        private let memory = Mutex<Memory?>(nil)

        var value: Memory? {
            get { memory.withLock { $0 } }
            set { memory.withLock { $0 = newValue } }
        }
    }

    package func create(
        _ slug: Slug, title: String, description: String, sender: Correspondent, basis: LegalBasis, language: Language,
        isPublic: Bool, asksCompany: Bool = false, retention: RetentionRules? = nil, by actor: Actor
    ) async throws -> Standing {
        let list = MailingList(
            id: 0, slug: slug, title: title, description: description, sender: sender, basis: basis, language: language,
            isPublic: isPublic, asksCompany: asksCompany, createdAt: clock.now(), closedAt: nil,
            retention: retention ?? .standard(for: basis))
        try check(list)
        defer { remembered.value = nil }
        return try await store.write { [keyring] tx in
            guard try tx.list(slug) == nil else { throw Refusal.taken(.list, slug.text) }
            let made = try tx.insert(list)
            try tx.audit(.createList, of: .list(slug), by: actor, keyring: keyring, at: list.createdAt)
            return try tx.standing(of: made)
        }
    }

    /// A shorter term counts from tomorrow on. `expectErased`: how many will go then, as far as can be told now; refused where
    /// they are others.
    package func edit(
        _ slug: Slug, expectErased: Int? = nil, by actor: Actor,
        _ change: @escaping @Sendable (inout MailingList) -> Void
    ) async throws -> Standing {
        try await alter(slug, .editList, by: actor) { tx, list, now in
            let before = list.rules(at: now)
            change(&list)
            try list.retention.check(list.basis)
            let shortened = list.retention.shortened(from: before)
            guard !shortened.isEmpty else {
                list.former = nil
                return
            }
            let former = FormerTerms(terms: before.terms, until: now + FormerTerms.grace)
            list.former = former
            let going = try tx.count(shortened, of: list, goingAt: former.until, before)
            try Self.agree(going, from: former.until, expectErased)
        }
    }

    /// Nobody can sign up or be sent a campaign any more; who is on it can still leave, and is erased in the end.
    /// `expectErased`: how many that are; refused where they are others, and while a campaign is on its way to them.
    package func close(_ slug: Slug, expectErased: Int? = nil, by actor: Actor) async throws -> Standing {
        try await alter(slug, .closeList, by: actor) { tx, list, now in
            guard list.closedAt == nil else { return }
            if let campaign = try tx.campaignUnderWay(on: list) { throw Refusal.underWay(campaign) }
            list.closedAt = now
            let going = try tx.count(.active, on: list) + tx.count(.pending, on: list)
            try Self.agree(going, from: now + list.retention.graceWhenClosed, expectErased)
        }
    }

    private static func agree(_ going: Int, from time: Date, _ expected: Int?) throws {
        guard going == expected ?? 0 else { throw Refusal.erasesPeople(count: going, from: time) }
    }

    private func alter(
        _ slug: Slug, _ action: AuditAction, by actor: Actor,
        _ change: @escaping @Sendable (any Transaction, inout MailingList, Date) throws -> Void
    ) async throws -> Standing {
        let now = clock.now()
        defer { remembered.value = nil }
        return try await store.write { [keyring] tx in
            var list = try tx.existing(slug)
            try change(tx, &list, now)
            try check(list)
            try tx.update(list)
            try tx.audit(action, of: .list(slug), by: actor, keyring: keyring, at: now)
            return try tx.standing(of: list)
        }
    }

    private func check(_ list: MailingList) throws {
        guard (try? HeaderText(list.title)) != nil, (1...100).contains(list.title.utf8.count) else {
            throw Refusal.invalid(
                field: "title", problem: "A title is 1 to 100 bytes on one line, without control characters.")
        }
        guard list.description.utf8.count <= 500, list.description.isEmpty || (try? HeaderText(list.description)) != nil
        else {
            throw Refusal.invalid(field: "description", problem: "A description is at most 500 bytes on one line.")
        }
        guard languages.contains(list.language) else {
            let known = languages.map(\.code).joined(separator: ", ")
            throw Refusal.invalid(field: "language", problem: "There are texts in \(known).")
        }
        try list.retention.check(list.basis)
    }
}

extension Transaction {
    func existing(_ slug: Slug) throws -> MailingList {
        guard let list = try list(slug) else { throw Refusal.notFound(.list) }
        return list
    }

    /// Of those whose term was shortened, whoever goes at that time and would not have by what held before.
    fileprivate func count(
        _ shortened: [SubscriberClass], of list: MailingList, goingAt time: Date, _ before: RetentionRules
    ) throws -> Int {
        try shortened.reduce(0) { sum, kind in
            func gone(_ rules: RetentionRules) throws -> Int {
                try rules.terms[kind].map { try quiet(on: list, kind, since: time - .days($0), limit: .max).count } ?? 0
            }
            return try sum + gone(list.retention) - gone(before)
        }
    }

    fileprivate func standing(of list: MailingList) throws -> Lists.Standing {
        Lists.Standing(
            list: list, active: try count(.active, on: list), pending: try count(.pending, on: list),
            held: try countHeld(on: list))
    }
}
