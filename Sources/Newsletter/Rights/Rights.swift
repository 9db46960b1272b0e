import Foundation
package import Mail
package import Rendering

/// What people may ask of us (GDPR Art. 15 to 21): to see what we hold, to have it corrected, kept but not used, or gone.
///
/// A visitor proves that a mailbox is theirs by a link that comes to it; staff serve those who wrote or called. Both go
/// through the same verbs. Each verb is one transaction, which also writes the register of requests, and the audit where
/// staff acted. `requestLink` does the same work and gives the same answer for every address.
package struct Rights: Sendable {
    let store: any Store
    let keyring: Keyring
    let clock: WallClock
    let rules: Subscriptions.Rules
    let mails: MailBudget
    package let disclosures: Disclosures
    /// Whoever wished never to be written to again gets at most one mail a day that says what stayed of them.
    private let fingerprintMails = RateLimiter<Data>(1, per: .seconds(86_400))
    /// How often one person's link may send mail to addresses that somebody typed.
    let changes = RateLimiter<Data>(5, per: .seconds(86_400))

    /// How long a link to somebody's data works, from when the relay has its mail.
    package static let linkLifetime: Duration = .seconds(3600)

    /// With `subscriptions` it shares the budget of mails that forms may cause.
    package init(
        store: any Store, keyring: Keyring, clock: WallClock, subscriptions: Subscriptions,
        disclosures: Disclosures
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        rules = subscriptions.rules
        mails = subscriptions.mails
        self.disclosures = disclosures
    }

    // MARK: Asking for the link

    /// Sends the link to an address of which we hold something, and nothing to one of which we don't. Of whom we hold a
    /// fingerprint alone, the mail says so. Every address costs a sealed mail and a write; but where no mail goes, it is counted by
    /// the day and gets no row in the register, which strangers could fill.
    package func requestLink(_ address: EmailAddress, language: Language) async throws {
        let (now, uptime) = (clock.now(), clock.uptime())
        let token = Token.random()
        let (digest, fingerprint) = (keyring.digest(of: address), keyring.fingerprint(of: address))
        let hasRoom = mails.hasRoom(inDomainOf: address, at: uptime)
        try await store.write { [keyring, rules, mails, fingerprintMails] tx in
            let known = try tx.subscriptions(digest: digest)
            let isKept = try !tx.fingerprints(fingerprint).isEmpty
            let recipient = try known.first.map { try keyring.person($0.person, of: $0.id).address } ?? address
            let mail =
                known.first.map {
                    OutboxMail.privacyLink(recipient, token: token, subscription: $0.id, language: language)
                }
                ?? .privacyFingerprint(recipient, language: language)
            let sealed = try keyring.seal(mail)
            let outcome: RightsRequest.Outcome
            if known.isEmpty, !isKept {
                outcome = .nothingHeld
            } else if known.mayAsk(at: now, interval: rules.notificationInterval),
                !known.isEmpty || fingerprintMails?.spend(fingerprint, at: uptime) == nil,
                hasRoom, mails.hasRoom(for: keyring.mailbox(of: recipient), at: uptime)
            {
                outcome = .linkSent
                let expires = now + Self.linkLifetime
                try tx.insert(token.hash, purpose: .privacy, subscriptions: known.map(\.id), expires: expires)
                for subscription in known { try tx.notified(subscription.id, at: now) }
                try tx.insertOutbox(sealed, subscription: known.first?.id, due: now, link: mail.link)
            } else {
                outcome = .limited
            }
            if outcome == .linkSent {
                try tx.register(.access, outcome, by: .person, at: now)
            } else {
                try tx.countRequest(outcome, at: now)
            }
        }
    }

    // MARK: Seeing

    /// All that is held about the link's owner. Changes nothing. Throws `.linkExpired` for a link that no longer works,
    /// for whatever reason.
    package func held(_ token: Token) async throws -> PersonalData {
        let now = clock.now()
        return try await store.read { [keyring] tx in
            try tx.personalData(of: tx.claimed(by: .link(token), keyring: keyring, at: now), keyring: keyring, at: now)
        }
    }

    /// The same for staff, by address; also where nothing is held. `inFull`: address, name and company are shown unmasked.
    package func find(_ address: EmailAddress, inFull: Bool = false, by actor: Actor) async throws -> PersonalData {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let claimed = try tx.claimed(by: .address(address, by: actor), keyring: keyring, at: now)
            try tx.audit(
                .findSubscriber, of: claimed.subject, by: actor,
                result: claimed.result + (inFull ? " in-full" : ""), keyring: keyring, at: now)
            return try tx.personalData(of: claimed, keyring: keyring, at: now)
        }
    }

    /// What `find` shows, to be given to the person: their request for access is served by it.
    package func export(_ address: EmailAddress, by actor: Actor) async throws -> PersonalData {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let claimed = try tx.claimed(by: .address(address, by: actor), keyring: keyring, at: now)
            let personalData = try tx.personalData(of: claimed, keyring: keyring, at: now)
            try tx.conclude(
                .access, personalData.isEmpty ? .nothingHeld : .done, as: .exportSubscriber, claimed, keyring: keyring,
                at: now)
            return personalData
        }
    }
}

extension [Subscription] {
    /// Not while a mail that was sent a short while ago is unanswered.
    fileprivate func mayAsk(at now: Date, interval: Duration) -> Bool {
        allSatisfy { $0.hasAnswered || $0.mayBeNotified(at: now, interval: interval) }
    }
}
