package import Foundation

/// Which sealing keys a database is at, so that every process that serves it is.
package struct KeyMarks: Sendable, Equatable {
    /// What is written is sealed with this one.
    package let newest: UInt8
    /// What was sealed with an older one is gone.
    package let oldest: UInt8

    package init(newest: UInt8, oldest: UInt8) {
        self.newest = newest
        self.oldest = oldest
    }
}

/// Everything sealed that the store holds, by place.
package protocol SealedRecords {
    func keyMarks() throws -> KeyMarks
    func setKeyMarks(_ marks: KeyMarks) throws
    func sealedPersons(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)]
    func replacePerson(at place: Int64, with person: Sealed) throws
    /// New addresses that their mailboxes have not confirmed yet.
    func sealedChanges(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)]
    func replaceChange(of id: SubscriptionID, with person: Sealed) throws
    /// Of files that are being imported.
    func sealedLines(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)]
    func replaceLine(at place: Int64, with person: Sealed) throws
    /// What was typed with links that are not pressed yet, in the order of their hashes.
    func sealedSignUps(after: Data, limit: Int) throws -> [(hash: Data, id: SubscriptionID, signUp: Sealed)]
    func sealedMails(after place: Int64, limit: Int) throws -> [(place: Int64, mail: Sealed)]
    func replaceMail(at place: Int64, with mail: Sealed) throws
}

/// Reseals what is alive under the newest key, so that the older one can be destroyed, and with it every older copy.
///
/// It goes on beside a running service. The key file has both keys before the database is marked; from the mark on, no
/// transaction of any process keeps what an older key sealed, so that one walk through the rows finds them all. Each
/// step can be repeated: whoever is interrupted begins again and ends the same.
package struct Rotation: Sendable {
    private let store: any Store
    private let keyring: Keyring

    /// Rows in one transaction: others write in between.
    static let batch = 500

    package init(store: any Store, keyring: Keyring) {
        self.store = store
        self.keyring = keyring
    }

    /// A rotation has begun and not ended.
    package func isUnderWay() async throws -> Bool {
        let marks = try await store.read { try $0.keyMarks() }
        return keyring.sealingNumbers.count > 1 || marks.oldest < keyring.newestSealingNumber
    }

    /// From now on everybody seals with the newest key, which the key file must already have.
    package func begin() async throws {
        try await store.write { [keyring] tx in
            try tx.setKeyMarks(KeyMarks(newest: keyring.newestSealingNumber, oldest: tx.keyMarks().oldest))
        }
    }

    /// Returns how many subscriptions and mails were resealed.
    package func reseal() async throws -> (persons: Int, mails: Int) {
        let persons = try await walk { [keyring] tx, place in
            let rows = try tx.sealedPersons(after: place, limit: Self.batch)
            let old = rows.filter { $0.person.keyNumber != keyring.newestSealingNumber }
            for row in old {
                try tx.replacePerson(at: row.place, with: keyring.reseal(row.person, of: row.id.bytes))
            }
            return (rows.last?.place, old.count)
        }
        _ = try await walk { [keyring] tx, place in
            let rows = try tx.sealedChanges(after: place, limit: Self.batch)
            let old = rows.filter { $0.person.keyNumber != keyring.newestSealingNumber }
            for row in old { try tx.replaceChange(of: row.id, with: keyring.reseal(row.person, of: row.id.bytes)) }
            return (rows.last?.place, old.count)
        }
        _ = try await walk { [keyring] tx, place in
            let rows = try tx.sealedLines(after: place, limit: Self.batch)
            let old = rows.filter { $0.person.keyNumber != keyring.newestSealingNumber }
            for row in old { try tx.replaceLine(at: row.place, with: keyring.reseal(row.person, of: row.id.bytes)) }
            return (rows.last?.place, old.count)
        }
        try await resealSignUps()
        let mails = try await walk { [keyring] tx, place in
            let rows = try tx.sealedMails(after: place, limit: Self.batch)
            let old = rows.filter { $0.mail.keyNumber != keyring.newestSealingNumber }
            for row in old { try tx.replaceMail(at: row.place, with: keyring.resealOutboxMail(row.mail)) }
            return (rows.last?.place, old.count)
        }
        return (persons, mails)
    }

    /// A link's own are resealed together; `limit` counts links.
    private func resealSignUps() async throws {
        var place = Data()
        while true {
            let from = place
            let last = try await store.write { [keyring] tx in
                let rows = try tx.sealedSignUps(after: from, limit: Self.batch)
                for row in rows where row.signUp.keyNumber != keyring.newestSealingNumber {
                    try tx.attach(keyring.resealSignUp(row.signUp, of: row.id), to: row.hash, of: row.id)
                }
                return rows.last?.hash
            }
            guard let last else { return }
            place = last
        }
    }

    /// After the older keys have gone from the file: they go from every process's memory too.
    package func end(_ count: Int, by actor: Actor, at now: Date) async throws {
        try await store.write { [keyring] tx in
            let newest = keyring.newestSealingNumber
            try tx.setKeyMarks(KeyMarks(newest: newest, oldest: newest))
            try tx.audit(
                .rotateKeys, of: .installation, by: actor, result: "resealed=\(count) key=\(newest)", keyring: keyring,
                at: now)
        }
    }

    private func walk(
        _ step: @escaping @Sendable (any Transaction, Int64) throws -> (last: Int64?, count: Int)
    ) async throws -> Int {
        var (place, total) = (Int64(0), 0)
        while true {
            let from = place
            let (last, count) = try await store.write { try step($0, from) }
            total += count
            guard let last else { return total }
            place = last
        }
    }
}
