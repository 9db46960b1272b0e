package import Foundation

/// What was done, by whom, when, to what: read from the end, or proven from the beginning.
///
/// Each entry follows the one before by a keyed code, and the head, in a table of its own, seals where the chain ends. So
/// without the key file nobody can edit, add, remove, exchange or cut entries unseen, nor empty it with its head: lists and
/// logins that are there have had an entry each. Two things the chain alone cannot show. Whoever has the key file too can
/// write another history. Whoever puts an older copy of the whole database back (or of the audit with its head) leaves a
/// chain that is true, only shorter. For that there is the `AuditMark`: note it elsewhere, or let the metric
/// `courant_audit_entries_total`, which never falls, be watched.
package struct Audit: Sendable {
    private let store: any Store
    private let keyring: Keyring

    /// Entries that are looked at in one read: memory stays the same for any length.
    static let page = 500

    package init(store: any Store, keyring: Keyring) {
        self.store = store
        self.keyring = keyring
    }

    /// In their order: from that number on, or the newest.
    package func tail(from number: Int64?, limit: Int) async throws -> [AuditEntry] {
        try await store.read { tx in
            let newest = try tx.lastAuditEntry()?.number ?? 0
            return try tx.auditEntries(from: number ?? max(1, newest - Int64(limit) + 1), limit: limit)
        }
    }

    /// Walks the whole chain, and compares the logins that are there with those that it gave. `mark`: what an earlier walk
    /// gave, kept elsewhere.
    package func verify(expecting mark: AuditMark? = nil) async throws -> AuditVerdict {
        try await walked(expecting: mark).verdict
    }

    /// Whom the chain gave a login. Nil where it cannot be relied on, and where it has vouched for logins once already.
    func logins() async throws -> AuditLogins? {
        let walk = try await walked(expecting: nil)
        if case .login? = walk.flaw { return walk.logins.areSealed ? nil : walk.logins }
        return walk.flaw == nil && !walk.logins.areSealed ? walk.logins : nil
    }

    private func walked(expecting mark: AuditMark?) async throws -> AuditWalk {
        var walk = AuditWalk(seal: keyring.auditSeal, expecting: mark)
        while true {
            let first = walk.next
            let (entries, head, staff, hasBegun) = try await store.read { tx in
                // The first page begins before 1, where an entry may have been put.
                let from = first == 1 ? Int64.min : first
                let entries = try tx.auditEntries(from: from, limit: Self.page)
                let staff = entries.count < Self.page ? try tx.staff() : []
                return (entries, try tx.auditHead(), staff, try tx.countWhatIsAudited() > 0)
            }
            for entry in entries { walk.step(entry) }
            if walk.flaw == nil, entries.count < Self.page { walk.end(head, staff, hasBegun: hasBegun) }
            if walk.flaw != nil || entries.count < Self.page { return walk }
        }
    }
}

/// The end of a chain in one line, `1204-9f86d081884c7d65`: kept elsewhere, it shows later that up to there nothing was undone.
package struct AuditMark: Sendable, Equatable {
    package let number: Int64
    package let code: Data

    init(number: Int64, code: Data) {
        self.number = number
        self.code = code.prefix(8)
    }

    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2, parts[0].utf8.count <= 19, let number = Int64(parts[0]), number > 0,
            let code = Data(hex: parts[1]), code.count == 8
        else { return nil }
        self.init(number: number, code: code)
    }

    package var text: String { "\(number)-\(code.hex)" }
}

/// What a walk along the chain found.
package struct AuditVerdict: Sendable, Equatable {
    /// So many are as they were written, from the first on.
    package let entries: Int64
    /// Nil for an empty audit and for a broken one.
    package let mark: AuditMark?
    package let flaw: AuditFlaw?
}

/// The first thing that is wrong.
package enum AuditFlaw: Error, Sendable, Equatable {
    /// This entry is not as it was written: edited, exchanged with another, or put in.
    case changed(Int64)
    /// It is not there.
    case missing(Int64)
    /// It was put where none belongs: before the first, or behind the end.
    case added(Int64)
    /// From this one on the end was cut off.
    case cut(Int64)
    /// What seals the end is gone or was changed.
    case headless
    /// The chain is true, and knows nothing of a login that is there.
    case login(String)
    /// The chain is true, but not the one that this was noted of: an older copy was put back.
    case anotherPast(AuditMark)
}

extension AuditFlaw {
    /// For whoever has to look into it.
    package var words: String {
        switch self {
        case .changed(let number): "Entry \(number) is not as it was written: edited, exchanged, or put in."
        case .missing(let number): "Entry \(number) is missing."
        case .added(let number): "Entry \(number) was added by somebody else than Courant."
        case .cut(let number): "The end was cut off: entry \(number) and what followed it are missing."
        case .headless:
            "What seals the end of the chain is missing or changed: entries may have been cut off, or all taken."
        case .login(let name):
            "The login “\(name)” was put into the database by somebody else than Courant: revoke it, and find out who."
        case .anotherPast(let mark):
            "The chain does not hold the mark \(mark.text): an older copy of the database was put back, or the mark is of another."
        }
    }

    /// The entry at which it is, where it is at one.
    package var entry: Int64? {
        switch self {
        case .changed(let number), .missing(let number), .added(let number), .cut(let number): number
        case .headless, .login: nil
        case .anotherPast(let mark): mark.number
        }
    }
}
