import CoreMetrics
import Foundation
import Mail

/// The life of a subscription: asked for on the form, confirmed by mail, ended by the unsubscribe link.
///
/// Each verb is one transaction, and the mail that a verb causes is written in it. Nothing here says whether an address is
/// known: `request` does the same work and gives the same answer for every one.
package struct Subscriptions: Sendable {
    let store: any Store
    let keyring: Keyring
    let clock: WallClock
    let rules: Rules
    package let mails: MailBudget
    private let wordings: KnownWordings

    /// How often a sign-up's code can be wrong.
    package static let codeTries = 5

    package struct Rules: Sendable {
        /// How long a confirm link works, and how long a pending row is kept.
        package var confirmationExpiresAfter: Duration
        /// At most one mail that a form caused goes to an address in this time.
        package var notificationInterval: Duration
        /// At most so many mails that forms caused go to addresses of one domain in an hour; 0: no limit.
        package var domainPerHour: Int
        /// At most so many go to one mailbox in a day, whatever becomes of its rows.
        package var addressPerDay = 5

        package init(
            confirmationExpiresAfter: Duration = .seconds(72 * 3600), notificationInterval: Duration = .seconds(600),
            domainPerHour: Int = 0
        ) {
            self.confirmationExpiresAfter = confirmationExpiresAfter
            self.notificationInterval = notificationInterval
            self.domainPerHour = domainPerHour
        }
    }

    package init(
        store: any Store, keyring: Keyring, clock: WallClock, rules: Rules,
        wordings: KnownWordings = KnownWordings()
    ) {
        self.wordings = wordings
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.rules = rules
        mails = MailBudget(rules)
    }

    // MARK: Asking

    /// Writes the pending subscriptions and the confirm mail. Throws `.invalid(field: "list", …)` for a list that the
    /// public cannot have. Where no mail may go to the address now, nothing is written.
    ///
    /// Returns the sign-up's name for the page, whatever was done.
    @discardableResult
    package func request(_ signUp: SignUp) async throws -> SignUpRequest {
        let (now, uptime) = (clock.now(), clock.uptime())
        let (token, request) = (Token.random(), SignUpRequest.random())
        let blindIndex = keyring.blindIndex(of: signUp.person.address)
        // Whatever needs no row is done before the transaction, in which one sign-up waits for another.
        let (consent, code) = (signUp.consent(at: now), keyring.code(for: request))
        let wording = signUp.wording(at: now)
        let isNew = !wordings.isKnown(wording)
        let mailbox = keyring.mailbox(of: signUp.person.address)
        let drafts = try signUp.lists.map { _ in try Draft(signUp.person, keyring: keyring) }
        let hasRoom = mails.hasRoom(inDomainOf: signUp.person.address, at: uptime)
        try await store.write(about: blindIndex) { [keyring, rules, mails] tx in
            let lists = try signUp.lists.map { try signUp.behalf == nil ? tx.publicList($0) : tx.openList($0) }
            // Every sign-up waits for the disk: an answer that came before the others would tell.
            try tx.touch()
            try tx.note(signUp, keyring: keyring, at: now)
            if isNew { try tx.insert(wording) }
            guard try !tx.hasFingerprint(blindIndex.fingerprint, on: nil) else { return }
            let known = try tx.subscriptions(digest: blindIndex.digest)
            let wanted = known.wanting(lists, at: now, interval: rules.notificationInterval)
            guard !wanted.isEmpty, hasRoom, mails.hasRoom(for: mailbox, at: uptime) else { return }
            var asking: [(id: SubscriptionID, list: MailingList, isRepeated: Bool)] = []
            for ((list, known), draft) in zip(wanted, drafts) {
                guard let known else {
                    try tx.insertPending(
                        draft, signUp.language, consent, on: list, source: signUp.source, digest: blindIndex.digest,
                        at: now, keyring: keyring)
                    asking.append((draft.id, list, false))
                    continue
                }
                switch known.state {
                case .pending:
                    try tx.renew(known.id, at: now)
                    asking.append((known.id, list, true))
                case .active where known.heldAt != nil:
                    // Whether there is such a mailbox is what the confirm mail finds out.
                    try tx.notified(known.id, at: now)
                    asking.append((known.id, list, false))
                // Nobody was on our page, and nothing has changed.
                case .active where signUp.behalf != nil: continue
                case .active:
                    try tx.enqueue(
                        .alreadySubscribed(known, person: keyring.person(known.person, of: known.id)), keyring, at: now)
                    try tx.notified(known.id, at: now)
                case .restricted: continue
                }
            }
            guard let first = asking.first else { return }
            let expires = now + rules.confirmationExpiresAfter
            try tx.insert(
                token.hash, purpose: .confirm, subscriptions: asking.map(\.id), expires: expires, request: request.hash)
            for asked in asking where asked.isRepeated {
                let signUp = try keyring.seal(RepeatedSignUp(signUp, consent, for: asked.list), for: asked.id)
                try tx.attach(signUp, to: token.hash, of: asked.id)
            }
            try tx.enqueue(
                .confirm(
                    signUp, lists: asking.map(\.list), token: token, code: code, first: first.id,
                    expiresHours: Int(rules.confirmationExpiresAfter / .seconds(3600))), keyring, at: now)
        }
        if isNew { wordings.note(wording) }
        Measures.requested.increment()
        return request
    }

    // MARK: Confirming

    /// What a confirm link would agree to, for its page; nil where it no longer works. Changes nothing.
    package func confirmable(_ token: Token) async throws -> Confirmable? {
        let now = clock.now()
        return try await store.read { [keyring, wordings] tx in
            guard let covered = try tx.covered(by: token, at: now) else { return nil }
            let repeated = try covered.compactMap { cover in
                try cover.signUp.map { try keyring.repeatedSignUp($0, of: cover.subscription.id) }
            }
            var agreed: [ConsentWording] = []
            for hash in repeated.map(\.consent.text) + covered.filter({ $0.signUp == nil }).compactMap(\.text) {
                guard let wording = try wordings.wording(hash, tx), !agreed.contains(wording) else { continue }
                agreed.append(wording)
            }
            return Confirmable(
                lists: covered.map(\.subscription.list), wordings: agreed,
                source: covered.first { $0.isAskedByUs }?.subscription.source,
                language: repeated.first?.language ?? covered[0].subscription.language,
                isDone: covered.allSatisfy(\.isDone))
        }
    }

    /// `pending` becomes `active`; the welcome mail carries the receipt.
    package func confirm(_ token: Token) async throws -> Confirmation {
        let now = clock.now()
        return try await confirm(at: now) { tx in try tx.covered(by: token, at: now) }
    }

    /// The same by the code that the mail carries. Nil where it is not the one, whatever the sign-up is, or has been tried
    /// too often.
    package func confirm(_ request: SignUpRequest, code: ConfirmCode) async throws -> Confirmation? {
        let now = clock.now()
        guard keyring.code(for: request) == code else {
            try await store.write { tx in
                // As long as for every other wrong one, also where there is no such sign-up.
                try tx.touch()
                try tx.noteWrongTry(request: request.hash)
            }
            return nil
        }
        guard try await store.read({ try $0.wrongTries(request: request.hash) }) < Self.codeTries else { return nil }
        return try await confirm(at: now) { tx in try tx.covered(by: request, at: now) }
    }

    private func confirm(
        at now: Date, _ find: @escaping @Sendable (any Transaction) throws -> [Covered]?
    ) async throws -> Confirmation {
        let outcome: Confirmation = try await store.write { [keyring, wordings] tx in
            guard let covered = try find(tx) else { return .gone }
            if let first = covered.first { try tx.lift(addressOf: first.subscription.id, at: now) }
            for cover in covered where cover.awaitsConsent {
                let subscription = try tx.adopted(cover, keyring: keyring)
                try tx.activate(subscription.id, at: now)
                let person = try keyring.person(subscription.person, of: subscription.id)
                try tx.deleteFingerprint(
                    keyring.fingerprint(of: person.address), on: subscription.list, at: now)
                let receipt = try Receipt(subscription, confirmedAt: now).signed(by: keyring)
                let wording = try subscription.consent.flatMap { try wordings.wording($0.text, tx)?.text }
                try tx.enqueue(
                    .welcome(subscription, person: person, receipt: receipt, wording: wording), keyring, at: now)
            }
            let lists = covered.map(\.subscription.list)
            return covered.contains(where: \.awaitsConsent) ? .confirmed(lists) : .confirmedBefore(lists)
        }
        if case .confirmed = outcome { Measures.confirmed.increment() }
        return outcome
    }

    /// "This wasn't me": what the link covers goes at once. With `neverAgain`, only the address's fingerprint stays.
    /// Nil where the link no longer works.
    package func refuse(_ token: Token, neverAgain: Bool) async throws -> Remainder? {
        let now = clock.now()
        let refused: (erased: Int, keeps: Bool)? = try await store.write { [keyring] tx in
            guard let covered = try tx.covered(by: token, at: now)?.map(\.subscription) else { return nil }
            let erased = try covered.reduce(0) {
                try $0 + tx.leave($1, everything: neverAgain, keyring: keyring, at: now)
            }
            return (erased, neverAgain || covered.contains(where: \.leavesFingerprint))
        }
        guard let (erased, keeps) = refused else { return nil }
        Measures.refused.increment(by: erased)
        return keeps ? .fingerprint : .nothing
    }

    // MARK: Leaving

    /// What a genuine link ends, for its page; nil where it is gone. Changes nothing.
    package func subscribed(_ link: UnsubscribeLink) async throws -> Subscription? {
        try await store.read { tx in try tx.subscription(link.subscription) }
    }

    /// Deletes name and address. When this returns they are gone, and no mail to them starts any more.
    ///
    /// With `everything`, the address's other subscriptions go too, and a fingerprint stays so that nobody writes again.
    /// Where the row was gone already, there is no address left to remember.
    @discardableResult
    package func unsubscribe(_ link: UnsubscribeLink, everything: Bool) async throws -> Departure {
        let now = clock.now()
        let left: (subscription: Subscription, erased: Int)? = try await store.write { [keyring] tx in
            guard let subscription = try tx.subscription(link.subscription) else { return nil }
            return (subscription, try tx.leave(subscription, everything: everything, keyring: keyring, at: now))
        }
        guard let (subscription, erased) = left else { return Departure(remainder: .nothing, askedCompany: false) }
        if !subscription.list.isForChecks { Measures.unsubscribed.increment(by: erased) }
        return Departure(
            remainder: everything || subscription.leavesFingerprint ? .fingerprint : .nothing,
            askedCompany: subscription.list.asksCompany)
    }

    package func link(_ text: String) -> UnsubscribeLink? {
        UnsubscribeLink(text, keyring: keyring)
    }

    // MARK: Expiring

    /// How long a sign-up waits for its confirmation.
    package var confirmationTerm: Duration { rules.confirmationExpiresAfter }

    /// How many `expire` would erase now.
    package func expirable() async throws -> Int {
        let horizon = clock.now() - rules.confirmationExpiresAfter
        return try await store.read { try $0.pendingSubscriptions(askedBefore: horizon, limit: .max).count }
    }

    /// Erases pending subscriptions whose link has run out, and dead links. Returns how many subscriptions went.
    package func expire() async throws -> Int {
        let now = clock.now()
        let horizon = now - rules.confirmationExpiresAfter
        var total = 0
        while true {
            let erased = try await store.write { tx in
                try tx.deleteTokens(expiredBefore: now)
                try tx.deleteAddressChanges(expiredBefore: now)
                let late = try tx.pendingSubscriptions(askedBefore: horizon, limit: 500)
                for id in late { _ = try tx.erase(id, at: now) }
                return late.count
            }
            Measures.expired.increment(by: erased)
            total += erased
            if erased < 500 { return total }
        }
    }
}
