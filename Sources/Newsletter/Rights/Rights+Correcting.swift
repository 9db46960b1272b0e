import Foundation
package import Mail
import Rendering

/// Correction (GDPR Art. 16): of name and company at once, of the address as soon as the new mailbox has confirmed it.
extension Rights {
    /// On every list. Nil takes the name away.
    package func rectify(_ dataSubject: DataSubject, name: PersonName?) async throws {
        let now = clock.now()
        try await store.write { [keyring] tx in
            let claimed = try tx.existing(dataSubject, keyring: keyring, at: now)
            try tx.respell(claimed.subscriptions, keyring: keyring, at: now) { $0.name = name }
            try tx.conclude(.rectification, .done, as: .rectifySubscriber, claimed, keyring: keyring, at: now)
        }
    }

    /// On every list that asks for it, or has it from when it did. Nil takes it away. Throws `.invalid(field: "company", …)`
    /// where no list does.
    package func rectify(_ dataSubject: DataSubject, company: CompanyName?) async throws {
        let now = clock.now()
        try await store.write { [keyring] tx in
            let claimed = try tx.existing(dataSubject, keyring: keyring, at: now)
            let holding = try claimed.subscriptions.filter { subscription in
                let person = try keyring.person(subscription.person, of: subscription.id)
                return subscription.list.asksCompany || person.company != nil
            }
            guard !holding.isEmpty || company == nil else {
                throw Refusal.invalid(field: "company", problem: "No list that they are on asks for the company.")
            }
            try tx.respell(holding, keyring: keyring, at: now) { $0.company = company }
            try tx.conclude(.rectification, .done, as: .rectifySubscriber, claimed, keyring: keyring, at: now)
        }
    }

    /// Asks the new mailbox, and tells the old one. The answer is the same whether the new address is known or not; where
    /// its owner wished never to be written to again, or was written to too often, no mail goes and the change runs out.
    package func rectify(_ dataSubject: DataSubject, address: EmailAddress) async throws {
        let (now, uptime) = (clock.now(), clock.uptime())
        let token = Token.random()
        let hasRoom = mails.hasRoom(inDomainOf: address, at: uptime)
        try await store.write { [keyring, rules, mails, changes] tx in
            let claimed = try tx.existing(dataSubject, keyring: keyring, at: now)
            let digest = keyring.digest(of: address)
            guard digest != claimed.digest else {
                // The same mailbox, spelt another way.
                try tx.respell(claimed.subscriptions, keyring: keyring, at: now) { $0.address = address }
                return try tx.conclude(
                    .rectification, .done, as: .rectifySubscriber, claimed, keyring: keyring, at: now)
            }
            if claimed.actor == .person, changes?.spend(claimed.digest, at: uptime) != nil {
                throw Refusal.invalid(field: "address", problem: "address.often")
            }
            try tx.conclude(.rectification, .linkSent, as: .rectifySubscriber, claimed, keyring: keyring, at: now)
            let expires = now + rules.confirmationExpiresAfter
            for subscription in claimed.subscriptions {
                let person = try keyring.seal(Person(address: address, name: nil), for: subscription.id)
                try tx.insert(
                    AddressChange(subscription: subscription.id, person: person, digest: digest, expires: expires),
                    token: token.hash)
            }
            let owner = claimed.spokesman
            try tx.enqueue(.changeNotice(claimed.address, subscription: owner), keyring, at: now)
            let isBarred = try tx.hasFingerprint(keyring.fingerprint(of: address), on: nil)
            guard !isBarred, hasRoom, mails.hasRoom(for: keyring.mailbox(of: address), at: uptime) else { return }
            let hours = Int(rules.confirmationExpiresAfter / .seconds(3600))
            try tx.enqueue(
                .changeAddress(address, token: token, subscription: owner, expiresHours: hours), keyring, at: now)
        }
    }

    // MARK: Confirming in the new mailbox

    /// What a change is about, for its page; nil where the link no longer works. Changes nothing.
    package func changeable(_ token: Token) async throws -> [Subscription]? {
        let now = clock.now()
        return try await store.read { tx in try tx.pendingMoves(token, at: now)?.map(\.subscription) }
    }

    /// The old address is gone when this returns, and no mail to it starts any more: a campaign's goes to the new one.
    /// Repeating it is harmless. Throws `.linkExpired` where it came too late.
    ///
    /// Where the new address is on the list already, both mailboxes are one person's now, and one of the two subscriptions
    /// stays: the restricted one before the active, the active before the pending; of equals the one that the new address
    /// had, because its consent was given there. Each keeps the consent record that it has.
    package func confirmChange(_ token: Token) async throws -> [Subscription] {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            guard let moves = try tx.pendingMoves(token, at: now), try !tx.isBarred(moves, keyring: keyring) else {
                throw Refusal.linkExpired
            }
            var isMoved = false
            for (subscription, change) in moves where try tx.digest(of: subscription.id) != change.digest {
                try tx.move(subscription, change, keyring: keyring, at: now)
                isMoved = true
            }
            if isMoved { try tx.register(.rectification, .done, by: .person, at: now) }
            return moves.map(\.subscription)
        }
    }
}

extension SubjectRecords {
    /// The subscription that a mail about all of them goes with. A mailbox that turns out to be dead ends a pending one,
    /// so that another is taken where there is one.
    fileprivate var spokesman: Subscription {
        subscriptions.first { $0.state != .pending } ?? subscriptions[0]
    }
}

extension Transaction {
    fileprivate func respell(
        _ subscriptions: [Subscription], keyring: Keyring, at now: Date, _ change: (inout Person) -> Void
    ) throws {
        for subscription in subscriptions {
            var person = try keyring.person(subscription.person, of: subscription.id)
            change(&person)
            try rectify(subscription.id, person: keyring.seal(person, for: subscription.id), at: now)
        }
    }

    fileprivate func pendingMoves(
        _ token: Token, at now: Date
    ) throws -> [(subscription: Subscription, change: AddressChange)]? {
        let moves = try addressChanges(token: token.hash).filter { $0.expires > now }
            .compactMap { change in try subscription(change.subscription).map { ($0, change) } }
        return moves.isEmpty ? nil : moves
    }

    /// The new address's owner has wished since never to be written to.
    fileprivate func isBarred(
        _ moves: [(subscription: Subscription, change: AddressChange)], keyring: Keyring
    ) throws -> Bool {
        guard let (subscription, change) = moves.first else { return false }
        let address = try keyring.person(change.person, of: subscription.id).address
        return try hasFingerprint(keyring.fingerprint(of: address), on: nil)
    }

    /// The other one is erased where both addresses were on the list.
    fileprivate func move(
        _ subscription: Subscription, _ change: AddressChange, keyring: Keyring, at now: Date
    ) throws {
        let rival = try subscriptions(digest: change.digest).first { $0.list.id == subscription.list.id }
        if let rival, rival.state.weight >= subscription.state.weight {
            _ = try erase(subscription.id, at: now)
            return
        }
        if let rival { _ = try erase(rival.id, at: now) }
        let address = try keyring.person(change.person, of: subscription.id).address
        // Who confirms a mailbox lifts what it left behind when it left this list.
        try deleteFingerprint(keyring.fingerprint(of: address), on: subscription.list, at: now)
        var person = try keyring.person(subscription.person, of: subscription.id)
        person.address = address
        let sealed = try keyring.seal(person, for: subscription.id)
        try move(subscription.id, to: sealed, digest: change.digest, at: now)
    }
}

extension Subscription.State {
    /// Which of two that become one stays.
    fileprivate var weight: Int {
        switch self {
        case .pending: 0
        case .active: 1
        case .restricted: 2
        }
    }
}
