import CoreMetrics
import Foundation
package import Mail

/// Restriction (GDPR Art. 18), objection (Art. 21) and erasure (Art. 17). When a verb returns, no mail of a running campaign
/// to the person starts any more.
extension Rights {
    // MARK: Restricting

    /// Everything stays as it is, and nobody writes any more. Returns how many subscriptions that changed.
    @discardableResult
    package func restrict(_ dataSubject: DataSubject) async throws -> Int {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let claimed = try tx.existing(dataSubject, keyring: keyring, at: now)
            let restricted = try claimed.subscriptions.count { try tx.restrict($0.id, at: now) }
            try tx.conclude(.restriction, .done, as: .restrictSubscriber, claimed, keyring: keyring, at: now)
            return restricted
        }
    }

    /// The person is told in the same transaction (Art. 18(3)). Campaigns that began before pass them by.
    @discardableResult
    package func unrestrict(_ dataSubject: DataSubject) async throws -> Int {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let claimed = try tx.existing(dataSubject, keyring: keyring, at: now)
            let lifted = try claimed.subscriptions.filter { try tx.unrestrict($0.id, at: now) }
            if let first = lifted.first {
                try tx.enqueue(
                    .restrictionLifted(claimed.address, subscription: first, lists: lifted.map(\.list)), keyring,
                    at: now)
            }
            try tx.conclude(.lifting, .done, as: .unrestrictSubscriber, claimed, keyring: keyring, at: now)
            return lifted.count
        }
    }

    // MARK: Going

    /// Everything of the address goes, and only its fingerprint stays, so that nobody writes to it again. Staff may note
    /// the wish of somebody of whom nothing is held.
    @discardableResult
    package func object(_ dataSubject: DataSubject) async throws -> Int {
        try await go(dataSubject, .objection, as: .objectSubscriber, neverAgain: true) { tx, keyring, now in
            try tx.claimed(by: dataSubject, keyring: keyring, at: now)
        }
    }

    /// Everything of the address goes. A fingerprint stays where it is asked for, or where a list imports people and must
    /// therefore know them again. Returns how many subscriptions went.
    @discardableResult
    package func erase(_ dataSubject: DataSubject, neverAgain: Bool = false) async throws -> Int {
        try await go(dataSubject, .erasure, as: .eraseSubscriber, neverAgain: neverAgain) { tx, keyring, now in
            try tx.existing(dataSubject, keyring: keyring, at: now)
        }
    }

    private func go(
        _ dataSubject: DataSubject, _ kind: RightsRequest.Kind, as action: AuditAction, neverAgain: Bool,
        _ claim: @escaping @Sendable (any Transaction, Keyring, Date) throws -> SubjectRecords
    ) async throws -> Int {
        let now = clock.now()
        let (erased, isCounted) = try await store.write { [keyring] tx in
            let claimed = try claim(tx, keyring, now)
            try tx.conclude(kind, .done, as: action, claimed, keyring: keyring, at: now)
            if neverAgain { try tx.insertFingerprint(keyring.fingerprint(of: claimed.address), on: nil, at: now) }
            try tx.deleteAddressChanges(to: claimed.digest)
            try tx.forgetSubject(claimed.digest)
            let erased = try claimed.subscriptions.reduce(0) {
                try $0 + tx.leave($1, everything: neverAgain, as: .erased, keyring: keyring, at: now)
            }
            return (erased, !claimed.isForChecks)
        }
        if isCounted { Measures.erased.increment(by: erased) }
        return erased
    }

    /// "Write to me again after all": staff alone take the fingerprints away, on the person's request. Whether there were any.
    package func forgive(_ address: EmailAddress, by actor: Actor) async throws -> Bool {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let fingerprint = keyring.fingerprint(of: address)
            let isKept = try !tx.fingerprints(fingerprint).isEmpty
            try tx.deleteFingerprints(fingerprint, at: now)
            let claimed = try tx.claimed(by: .address(address, by: actor), keyring: keyring, at: now)
            try tx.conclude(
                .other, isKept ? .done : .nothingHeld, as: .forgiveSubscriber, claimed, keyring: keyring, at: now)
            return isKept
        }
    }
}
