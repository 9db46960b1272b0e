import Foundation
import Newsletter

extension Move {
    /// The whole of both sides, read once more.
    func compare(_ source: any MoveEndpoint, _ target: any MoveEndpoint, _ watch: Watch) throws -> [MovedRows] {
        try MovedTable.all.map { table in
            let (there, here) = (try source.digest(of: table), try target.digest(of: table))
            guard there == here else { throw MoveFailure.different(table: table.name) }
            try watch(Progress(table: table.name, rows: here.rows, isCheck: true))
            return MovedRows(table: table.name, rows: here.rows, digest: here.value)
        }
    }

    // MARK: The ledger of erasures

    /// To the destination's file; and to its table, where it has them there too.
    func copy(_ ledger: LedgerFile, to target: any MoveEndpoint, _ watch: Watch) throws {
        if origin.ledger != destination.ledger {
            try refuseOtherLedger(than: ledger)
            try ledger.copy(to: destination.ledger, LedgerSeal(keyring))
        }
        guard target.keepsErasures else { return }
        let last = try target.connection.lastKey(of: .erasures).map { try SQLValue.integer(of: $0) } ?? 0
        let first = max(try ledger.firstGenuine(), last + 1)
        try ledger.forEach(from: first, to: ledger.last) { entries in
            try target.write { try target.insert(entries.map(\.row), into: .erasures) }
            try watch(Progress(table: "erasure", rows: entries.count, isCheck: false))
        }
    }

    /// One that is there may be older, but must not know of anybody who is not in ours.
    private func refuseOtherLedger(than ledger: LedgerFile) throws {
        let place = destination.ledger
        guard FileManager.default.fileExists(atPath: place) else { return }
        do throws(LedgerFault) {
            let other = try LedgerFile(path: place, seal: LedgerSeal(keyring), isNew: false)
            guard other.isPart(of: ledger) else { throw LedgerFault.foreign(line: 1) }
        } catch {
            if case .moved = error { return }
            throw MoveFailure.otherLedger(path: place)
        }
    }

    func compare(_ ledger: LedgerFile, _ target: any MoveEndpoint) throws -> MovedRows {
        let copy = try LedgerFile(path: destination.ledger, seal: LedgerSeal(keyring), isNew: false)
        let (there, here) = (try digest(of: ledger), try digest(of: copy))
        let isSame = try !target.keepsErasures || target.digest(of: .erasures) == there
        guard there == here, isSame else { throw MoveFailure.different(table: "erasure") }
        return MovedRows(table: "erasure", rows: here.rows, digest: here.value)
    }

    private func digest(of ledger: LedgerFile) throws -> TableDigest {
        var digest = TableDigest()
        try ledger.forEach(from: try ledger.firstGenuine(), to: ledger.last) { digest.add($0.map(\.row)) }
        return digest
    }
}

extension SQLValue {
    fileprivate static func integer(of key: [SQLValue]) throws -> Int64 {
        guard case .integer(let number)? = key.first else { throw UnexpectedColumn(column: 0) }
        return number
    }
}

extension LedgerFile {
    /// As an embedded database is to know it.
    var head: LedgerHead { LedgerHead(number: last, code: entry(last).map { code(of: $0) }) }
}
