package import Foundation
package import Newsletter

/// Takes the records from one database to another, whatever the engines, as they are: numbers, sealed bytes and tokens, so
/// that every old link goes on working by the same key file.
///
/// Both sides bear the mark of the move. Each page is a transaction at the destination, and the greatest key there says
/// where to go on: so it can be stopped anyhow, and be run again. Until the end the destination is not served; from then
/// on the origin is not, for whoever leaves is still in it. The ledger of erasures goes along.
package struct Move: Sendable {
    package struct End: Sendable {
        let address: StoreAddress
        let ledger: String

        package init(_ address: StoreAddress, ledger: String) {
            (self.address, self.ledger) = (address, ledger)
        }

        /// The same from wherever the command is run.
        var place: String {
            if case .sqlite(let path) = address { URL(filePath: path).standardizedFileURL.path } else { "\(address)" }
        }
    }

    let origin: End
    let destination: End
    let keyring: Keyring
    let keptFor: Duration
    let now: Date

    /// How far it has come.
    package struct Progress: Sendable {
        package let table: String
        package let rows: Int
        package let isCheck: Bool
    }

    /// Called after each page; what it throws stops the move there.
    package typealias Watch = @Sendable (Progress) throws -> Void

    package init(from origin: End, to destination: End, keyring: Keyring, keptFor: Duration, at now: Date) {
        (self.origin, self.destination) = (origin, destination)
        (self.keyring, self.keptFor, self.now) = (keyring, keptFor, now)
    }

    /// Waits for the engines: not for a thread of Swift's pool.
    package func run(_ watch: Watch) throws -> [MovedRows] {
        do {
            return try carryOver(watch)
        } catch let failure as any EngineFailure {
            throw MoveFailure.stopped(failure.advice)
        } catch let failure as StoreFailure {
            throw MoveFailure.stopped(failure.advice)
        }
    }

    private func carryOver(_ watch: Watch) throws -> [MovedRows] {
        guard origin.address != destination.address, origin.place != destination.place || !isBetweenFiles else {
            throw MoveFailure.samePlace
        }
        guard try at(.origin, { try origin.address.exists() }) else { throw MoveFailure.nothingThere }
        return try enter(.origin) { source in
            guard try source.columns()["installation"] != nil else { throw MoveFailure.nothingThere }
            let standing = try source.standing()
            switch standing?.state {
            case .arriving: throw MoveFailure.unfinished(from: standing?.place ?? "")
            case .left:
                return try enter(.destination) { try finish(source, $0, standing, watch) }
            case .leaving, nil:
                let ledger = try at(.origin) {
                    try source.makeReady(keyring, isResumed: standing != nil, at: now)
                }
                return try enter(.destination) { target in
                    let mark = try begin(source, target, standing)
                    let found = try source.writeAlone { try carry(source, target, mark, ledger, watch) }
                    try end(source, target, found, watch)
                    return found
                }
            }
        }
    }

    private var isBetweenFiles: Bool {
        if case (.sqlite, .sqlite) = (origin.address, destination.address) { true } else { false }
    }

    // MARK: Both sides

    private func enter<Value>(_ side: MoveSide, _ work: (any MoveEndpoint) throws -> Value) throws -> Value {
        let end = side == .origin ? origin : destination
        var isInside = false
        func inside(_ house: any MoveEndpoint) throws -> Value {
            isInside = true
            return try work(house)
        }
        do {
            switch end.address {
            case .sqlite(let path): return try SQLiteEndpoint.enter(path, keptFor: keptFor, inside)
            case .postgresql(let address):
                var terms = StoreOpeningTerms(ledger: end.ledger)
                terms.backupsExpireAfter = keptFor
                return try PostgresEndpoint.enter(address, terms: terms, inside)
            }
        } catch let error as StoreOpening where !isInside {
            throw MoveFailure.opening(error, side)
        }
    }

    private func at<Value>(_ side: MoveSide, _ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as StoreOpening {
            throw MoveFailure.opening(error, side)
        } catch let fault as LedgerFault {
            let end = side == .origin ? origin : destination
            throw MoveFailure.opening(.ledger(fault, path: end.ledger), side)
        }
    }

    // MARK: The beginning

    /// Marks both sides, or finds them marked by this move.
    private func begin(_ source: any MoveEndpoint, _ target: any MoveEndpoint, _ known: MoveStanding?) throws -> Data {
        let there = try target.standing()
        switch there?.state {
        case .arriving where there?.mark == known?.mark: break
        case .arriving where there?.place == origin.place: throw MoveFailure.changedSince
        case .arriving: throw MoveFailure.otherMove(from: there?.place ?? "")
        case .left: throw MoveFailure.oldCopy(movedTo: there?.place ?? "")
        case .leaving: throw MoveFailure.occupied
        case nil: try refuseRecords(in: target)
        }
        let isResumed = there != nil
        let mark = isResumed ? known?.mark ?? Data() : Data((0..<16).map { _ in UInt8.random(in: 0...255) })
        if !isResumed {
            try at(.origin) {
                try source.writeAlone {
                    try source.connection.setMoveStanding(bearing(mark, .leaving))
                }
            }
        }
        try at(.destination) {
            try target.makeCurrent(keyring) {
                try target.connection.setMoveStanding(bearing(mark, .arriving))
            }
        }
        return mark
    }

    private func bearing(_ mark: Data, _ state: MoveStanding.State) -> MoveStanding {
        MoveStanding(state: state, mark: mark, place: state == .arriving ? origin.place : destination.place)
    }

    /// Nothing is ever overwritten.
    private func refuseRecords(in target: any MoveEndpoint) throws {
        let columns = try target.columns()
        let foreign = columns.keys.filter { Schema.columns[$0] == nil }.sorted()
        guard foreign.isEmpty || columns["migration"] != nil else {
            throw MoveFailure.opening(.foreignTables(foreign), .destination)
        }
        for table in MovedTable.all + [.erasures] where columns[table.name] != nil {
            guard try target.connection.lastKey(of: table) == nil else { throw MoveFailure.occupied }
        }
    }

    // MARK: The way

    private func carry(
        _ source: any MoveEndpoint, _ target: any MoveEndpoint, _ mark: Data, _ ledger: LedgerFile, _ watch: Watch
    ) throws -> [MovedRows] {
        // Nobody has had it between the mark and the lock.
        let known = try source.connection.moveStanding()
        guard known?.state == .leaving, known?.mark == mark else { throw MoveFailure.changedSince }
        for table in MovedTable.all { try copy(table, source, target, watch) }
        try at(.destination) { try copy(ledger, to: target, watch) }
        let found = try compare(source, target, watch) + [compare(ledger, target)]
        try target.settle()
        // The destination is whole. Its last word comes when this is on the disk.
        try source.connection.setMoveStanding(bearing(mark, .left))
        return found
    }

    private func copy(_ table: MovedTable, _ source: any MoveEndpoint, _ target: any MoveEndpoint, _ watch: Watch)
        throws
    {
        var rows = 0
        try source.connection.forEachPage(of: table, after: try target.connection.lastKey(of: table)) { page in
            try target.write { try target.insert(page, into: table) }
            rows += page.count
            try watch(Progress(table: table.name, rows: rows, isCheck: false))
        }
        if table.isCounted { try target.setCount(of: table, to: try source.count(of: table)) }
    }

    // MARK: The end

    /// The origin has been left; a stop came between that and the last word.
    private func finish(
        _ source: any MoveEndpoint, _ target: any MoveEndpoint, _ known: MoveStanding?, _ watch: Watch
    ) throws -> [MovedRows] {
        let there = try target.standing()
        guard let known, there?.state == .arriving, there?.mark == known.mark else {
            throw MoveFailure.gone(to: known?.place ?? "")
        }
        let ledger = try at(.destination) {
            try LedgerFile(path: destination.ledger, seal: LedgerSeal(keyring), isNew: false)
        }
        let found = try compare(source, target, watch) + [compare(ledger, target)]
        try end(source, target, found, watch)
        return found
    }

    private func end(_ source: any MoveEndpoint, _ target: any MoveEndpoint, _ found: [MovedRows], _ watch: Watch)
        throws
    {
        try watch(Progress(table: "installation", rows: 1, isCheck: true))
        if origin.ledger != destination.ledger {
            try at(.origin) { try LedgerFile.leaveSignpost(at: origin.ledger, to: destination.ledger) }
        }
        let ledger = try LedgerFile(path: destination.ledger, seal: LedgerSeal(keyring), isNew: false)
        let blindIndex = try source.connection.keyMarks()
        try target.write {
            let tx = SQLTransaction(connection: target.connection)
            try tx.setKeyMarks(blindIndex)
            if !target.keepsErasures { try tx.setLedgerHead(ledger.head) }
            try target.connection.setMoveStanding(nil)
            try tx.audit(
                .moveHouse, of: .installation, by: .host, result: "rows=\(found.map(\.rows).reduce(0, +))",
                keyring: keyring, at: now)
        }
        try target.settle()
    }
}
