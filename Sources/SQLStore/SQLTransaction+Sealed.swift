import Foundation
import Newsletter

extension SQLTransaction {
    func keyMarks() throws -> KeyMarks { try connection.keyMarks() }

    func setKeyMarks(_ marks: KeyMarks) throws {
        try connection.execute(
            "UPDATE installation SET newest_key = \(Int(marks.newest)), oldest_key = \(Int(marks.oldest))")
    }

    func sealedPersons(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)] {
        try connection.query(
            "SELECT seq, id, person FROM subscription WHERE seq > \(place) ORDER BY seq LIMIT \(limit)"
        ) { row in
            guard let id = SubscriptionID(bytes: try row.bytes(1)) else { throw UnexpectedColumn(column: 1) }
            return (try row.integer(0), id, Sealed(bytes: try row.bytes(2)))
        }
    }

    func replacePerson(at place: Int64, with person: Sealed) throws {
        try connection.execute("UPDATE subscription SET person = \(fresh(person)) WHERE seq = \(place)")
        effects.mustScrub = true
    }

    func sealedChanges(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)] {
        try connection.query(
            """
            SELECT subscription.seq, subscription_id, address_change.person
            FROM address_change JOIN subscription ON subscription.id = subscription_id
            WHERE subscription.seq > \(place) ORDER BY subscription.seq LIMIT \(limit)
            """
        ) { row in
            guard let id = SubscriptionID(bytes: try row.bytes(1)) else { throw UnexpectedColumn(column: 1) }
            return (try row.integer(0), id, Sealed(bytes: try row.bytes(2)))
        }
    }

    func replaceChange(of id: SubscriptionID, with person: Sealed) throws {
        try connection.execute(
            "UPDATE address_change SET person = \(fresh(person)) WHERE subscription_id = \(id.bytes)")
        effects.mustScrub = true
    }

    func sealedSignUps(after place: Data, limit: Int) throws -> [(hash: Data, id: SubscriptionID, signUp: Sealed)] {
        try connection.query(
            """
            SELECT hash, subscription_id, sign_up FROM token
            WHERE sign_up IS NOT NULL AND hash IN
                (SELECT DISTINCT hash FROM token WHERE sign_up IS NOT NULL AND hash > \(place) ORDER BY hash LIMIT \(limit))
            ORDER BY hash
            """
        ) { (try $0.bytes(0), try $0.subscription(1), Sealed(bytes: try $0.bytes(2))) }
    }

    func sealedMails(after place: Int64, limit: Int) throws -> [(place: Int64, mail: Sealed)] {
        try connection.query("SELECT id, mail FROM outbox WHERE id > \(place) ORDER BY id LIMIT \(limit)") {
            (try $0.integer(0), Sealed(bytes: try $0.bytes(1)))
        }
    }

    func replaceMail(at place: Int64, with mail: Sealed) throws {
        try connection.execute("UPDATE outbox SET mail = \(fresh(mail)) WHERE id = \(place)")
        effects.mustScrub = true
    }
}

extension SQLConnection {
    func keyMarks() throws -> KeyMarks {
        try first("SELECT newest_key, oldest_key FROM installation") { row in
            KeyMarks(
                newest: UInt8(truncatingIfNeeded: try row.integer(0)),
                oldest: UInt8(truncatingIfNeeded: try row.integer(1)))
        } ?? KeyMarks(newest: 0, oldest: 0)
    }

    private func marksToWriteBy() throws -> (KeyMarks, isMoving: Bool) {
        try first("SELECT newest_key, oldest_key, move_state FROM installation") { row in
            let marks = KeyMarks(
                newest: UInt8(truncatingIfNeeded: try row.integer(0)),
                oldest: UInt8(truncatingIfNeeded: try row.integer(1)))
            return (marks, try row.optional(2, row.text) != nil)
        } ?? (KeyMarks(newest: 0, oldest: 0), false)
    }

    /// The number of a key that sealed something here, and that a rotation has destroyed of which these records know nothing:
    /// they are an older copy. They are looked through only where what they say of their keys allows for it.
    func destroyedKey(_ keyring: Keyring) throws -> UInt8? {
        guard try keyMarks().oldest < keyring.oldestSealingNumber else { return nil }
        let numbers = try query(
            """
            SELECT substr(person, 1, 1) FROM subscription UNION SELECT substr(person, 1, 1) FROM address_change
            UNION SELECT substr(person, 1, 1) FROM import_row UNION SELECT substr(mail, 1, 1) FROM outbox
            """
        ) { try $0.bytes(0).first ?? 0 }
        return Set(numbers).subtracting(keyring.sealingNumbers).min()
    }

    func hasNewestKey(of keyring: Keyring) throws -> Bool { try keyring.newestSealingNumber >= keyMarks().newest }

    /// At the beginning of a transaction that writes: the number of the key to seal with. Where somebody has rotated the
    /// keys since, the keyring takes over the new ones first. Where somebody has begun to move the records, nothing more
    /// is written by whoever had opened them before.
    func sealingKey(of keyring: Keyring) throws -> UInt8 {
        let (marks, isMoving) = try marksToWriteBy()
        guard !isMoving else {
            throw StoreFailure.unavailable("courantd move has begun since: start anew where the records are then")
        }
        if marks.newest > keyring.newestSealingNumber || marks.oldest > keyring.oldestSealingNumber {
            keyring.refresh()
        }
        guard marks.newest <= keyring.newestSealingNumber else {
            throw StoreFailure.unavailable(
                "the key file lacks the newest key: check its owner and mode, or put it back")
        }
        return marks.newest
    }
}
