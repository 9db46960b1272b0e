package import Foundation
import Mail
import Rendering

/// What a new subscription is called, and its person sealed for it.
struct Draft: Sendable {
    let id: SubscriptionID
    private let person: Person
    private let sealed: Sealed

    init(_ person: Person, keyring: Keyring) throws {
        id = .random()
        self.person = person
        sealed = try keyring.seal(person, for: id)
    }

    /// With what that list asks for; with the newest key also where the keys were rotated meanwhile, and the older one is gone.
    func sealed(for list: MailingList, _ keyring: Keyring) throws -> Sealed {
        let asked = person.asked(by: list)
        let isReady = asked == person && sealed.keyNumber == keyring.newestSealingNumber
        return isReady ? sealed : try keyring.seal(asked, for: id)
    }
}

/// What a confirm link is for.
struct Covered {
    let subscription: Subscription
    /// Where the sign-up was repeated, what was typed with this link.
    let signUp: Sealed?

    /// Nobody signed up: a file had the address, and we ask.
    var isAskedByUs: Bool { subscription.isImported && signUp == nil }
    /// Pressing the link again changes nothing.
    var isDone: Bool { !awaitsConsent && subscription.heldAt == nil }
    /// Also whoever signed up while a file had them: our notice may have made them active before the link was pressed.
    var awaitsConsent: Bool {
        switch subscription.state {
        case .pending: true
        case .active: signUp != nil && subscription.basis == .legitimateInterest
        case .restricted: false
        }
    }
    var text: String? { subscription.consent?.text }
}

/// Steps that several verbs share, inside their transaction.
extension Transaction {
    func publicList(_ slug: Slug) throws -> MailingList {
        guard let list = try list(slug), list.isPublic, list.closedAt == nil else {
            throw Refusal.invalid(field: "list", problem: "list.unknown")
        }
        return list
    }

    func insertPending(
        _ draft: Draft, _ language: Language, _ consent: Consent, on list: MailingList, source: String, digest: Data,
        at now: Date, keyring: Keyring
    ) throws {
        try insert(
            Subscription(
                id: draft.id, list: list, person: draft.sealed(for: list, keyring), language: language, state: .pending,
                basis: .consent, source: source, consent: consent, activeSince: nil, lastActivity: now,
                lastNotified: consent.askedAt),
            digest: digest)
    }

    /// What a confirm link covers: nil once it has expired or nothing of it is left.
    func covered(by token: Token, at now: Date) throws -> [Covered]? {
        try covered(self.token(token.hash, purpose: .confirm), at: now)
    }

    func covered(by request: SignUpRequest, at now: Date) throws -> [Covered]? {
        try covered(token(request: request.hash), at: now)
    }

    private func covered(
        _ known: (covers: [TokenCover], expires: Date)?, at now: Date
    ) throws -> [Covered]? {
        guard let known, known.expires > now else { return nil }
        let covered = try known.covers.compactMap { cover in
            try subscription(cover.subscription).map { Covered(subscription: $0, signUp: cover.signUp) }
        }
        return covered.isEmpty ? nil : covered
    }

    /// Erases the subscription, or every one of its address; keeps a fingerprint only where the person asked never to be
    /// written to again, or where we had the address without asking and must not add it once more. Returns how many went.
    func leave(
        _ subscription: Subscription, everything: Bool, as departure: OutgoingEvent.Kind = .left, keyring: Keyring,
        at now: Date
    ) throws -> Int {
        if everything || subscription.leavesFingerprint {
            let address = try keyring.person(subscription.person, of: subscription.id).address
            try insertFingerprint(keyring.fingerprint(of: address), on: everything ? nil : subscription.list, at: now)
        }
        var leaving = [subscription.id]
        if everything, let digest = try digest(of: subscription.id) {
            leaving = try subscriptions(digest: digest).map(\.id)
        }
        return try leaving.count { try erase($0, as: departure, at: now) }
    }
}

extension [Subscription] {
    /// Which of the lists an address that has these subscriptions may be written to about: none while a mail that was
    /// sent to it a short while ago is unanswered, whatever list that was about.
    func wanting(
        _ lists: [MailingList], at now: Date, interval: Duration
    ) -> [(list: MailingList, known: Subscription?)] {
        guard allSatisfy({ $0.hasAnswered || $0.mayBeNotified(at: now, interval: interval) }) else { return [] }
        return lists.compactMap { list in
            guard let known = first(where: { $0.list.id == list.id }) else { return (list, nil) }
            guard known.state != .restricted, known.mayBeNotified(at: now, interval: interval) else { return nil }
            return (list, known)
        }
    }
}

extension Subscription {
    func mayBeNotified(at now: Date, interval: Duration) -> Bool {
        lastNotified.map { $0 + interval <= now } ?? true
    }

    /// Its owner has confirmed since it was last written to: whoever asks may well be the same.
    var hasAnswered: Bool {
        guard let activeSince, let lastNotified else { return lastNotified == nil }
        return state == .active && activeSince >= lastNotified
    }
}

extension Transaction {
    /// The subscription as the link that is pressed has it.
    func adopted(_ cover: Covered, keyring: Keyring) throws -> Subscription {
        let id = cover.subscription.id
        guard let sealed = cover.signUp else { return cover.subscription }
        let signUp = try keyring.repeatedSignUp(sealed, of: id)
        var person = try keyring.person(cover.subscription.person, of: id)
        (person.name, person.company) = (signUp.name, signUp.company)
        try adopt(
            id, person: keyring.seal(person.asked(by: cover.subscription.list), for: id), language: signUp.language,
            consent: signUp.consent)
        return try subscription(id) ?? cover.subscription
    }
}

extension SignUp {
    func wording(at now: Date) -> ConsentWording { ConsentWording(consentText, language: language, since: now) }

    func consent(at now: Date) -> Consent {
        Consent(text: ConsentWording.hash(of: consentText), policy: policy, askedAt: now)
    }
}

extension Date {
    package static func + (date: Date, duration: Duration) -> Date {
        date.addingTimeInterval(duration / .seconds(1))
    }

    package static func - (date: Date, duration: Duration) -> Date {
        date.addingTimeInterval(-(duration / .seconds(1)))
    }
}
