import CoreMetrics
import Foundation
import Mail

/// Takes over from another tool who is never to be written to again. A file comes in parts, as an import does: see
/// `ImportOrder`.
package struct BlockOrder: Sendable {
    /// Nil: for every list.
    package let list: Slug?
    package let source: String
    package let skipsBad: Bool

    package init(list: Slug?, source: String, skipsBad: Bool = false) {
        self.list = list
        self.source = source
        self.skipsBad = skipsBad
    }
}

package struct Blocks: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    /// Rung when something is accepted.
    let bell: Doorbell

    static let batch = 200

    package init(store: any Store, keyring: Keyring, clock: WallClock, imports: Imports) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        bell = imports.bell
    }

    package func open(_ order: BlockOrder, by staff: String, key: String) async throws -> Block {
        let now = clock.now()
        try Imports.check(source: order.source)
        return try await store.write { tx in
            let plan = BlockPlan(
                list: try order.list.map { try tx.existing($0) }, source: order.source, skipsBad: order.skipsBad)
            if let before = try tx.block(idempotencyKey: key, by: staff) {
                if before.createdAt >= now - Imports.keyLifetime {
                    guard before.plan.isSame(as: plan) else { throw Refusal.idempotencyKeyReused }
                    return before
                }
                try tx.forgetKey(ofBlock: before.id)
            }
            let id = try tx.insert(plan, by: staff, idempotencyKey: key, at: now)
            guard let opened = try tx.block(id) else { throw Refusal.notFound(.block) }
            return opened
        }
    }

    /// Parts are numbered from 1; one that comes twice counts once.
    package func take(_ bytes: [UInt8], part: Int, of id: Int64, by staff: String) async throws -> ImportPart {
        let now = clock.now()
        var parser = BlockParser()
        let rows = parser.rows(of: bytes).map { address in
            BlockRow(digest: keyring.digest(of: address), fingerprint: keyring.fingerprint(of: address))
        }
        let problems = parser.problems
        let isNew: [Bool] = try await store.write { tx in
            var block = try tx.openBlock(id, by: staff)
            guard part <= block.parts + 1 else {
                throw Refusal.invalid(field: "part", problem: "Part \(block.parts + 1) comes next.")
            }
            guard part == block.parts + 1 else { return [] }
            let isNew = try rows.map { try tx.stage($0, forBlock: id) }
            block.note(isNew, bad: problems.total, at: now)
            try tx.update(block)
            return isNew
        }
        return ImportPart(rows: isNew.count { $0 }, duplicates: isNew.count { !$0 }, problems: problems)
    }

    package func show(_ id: Int64) async throws -> Block {
        guard let block = try await store.read({ try $0.block(id) }) else { throw Refusal.notFound(.block) }
        return block
    }

    /// What would become of what has come so far.
    package func look(_ id: Int64, by staff: String) async throws -> (Block, BlockForecast) {
        try await store.read { tx in
            let block = try tx.openBlock(id, by: staff)
            return (block, try tx.forecast(of: block))
        }
    }

    /// `rows`, and where many leave, `leaving`: as many as whoever says so knows of.
    package func accept(
        _ id: Int64, expecting rows: Int?, leaving: Int?, by member: StaffMember
    ) async throws -> Block {
        let now = clock.now()
        let accepted = try await store.write { [keyring] tx in
            var block = try tx.openBlock(id, by: member.name)
            let forecast = try tx.forecast(of: block)
            try block.check(rows: rows, leaving: leaving, forecast)
            block.state = .accepted
            try tx.update(block)
            try tx.audit(
                .blockSubscribers, of: block.plan.list.map { .list($0.slug) } ?? .installation, by: member.actor,
                result: "block=\(id) rows=\(block.counts.rows) leaving=\(forecast.leaving)", keyring: keyring, at: now)
            return block
        }
        bell.ring()
        return accepted
    }

    package func abandon(_ id: Int64, by member: StaffMember) async throws {
        _ = try await store.read { try $0.openBlock(id, by: member.name) }
        try await discard(id)
    }

    private func discard(_ id: Int64) async throws {
        while try await !store.write({ try $0.takeStaged(ofBlock: id, limit: 2_000).isEmpty }) {}
        try await store.write { try $0.deleteBlock(id) }
    }

    // MARK: Keeping the wishes

    /// Brings what was accepted to its end, and throws away what was never accepted.
    package func work() async throws {
        let horizon = clock.now() - Imports.readingLimit
        for block in try await store.read({ try $0.blocks(.reading) }) where block.createdAt <= horizon {
            try await discard(block.id)
        }
        for block in try await store.read({ try $0.blocks(.accepted) }) {
            while try await !workBatch(of: block.id) {}
        }
    }

    /// True when nobody is left.
    private func workBatch(of id: Int64) async throws -> Bool {
        let now = clock.now()
        let (isDone, erased) = try await store.write { tx in
            guard var block = try tx.block(id), block.state == .accepted else { return (true, 0) }
            let rows = try tx.takeStaged(ofBlock: id, limit: Self.batch)
            var erased = 0
            for row in rows { erased += try tx.keep(row, of: &block, at: now) }
            if rows.isEmpty { block.state = .done }
            try tx.update(block)
            return (rows.isEmpty, erased)
        }
        if erased > 0 { Measures.erased.increment(by: erased) }
        return isDone
    }
}

extension BlockPlan {
    fileprivate func isSame(as other: BlockPlan) -> Bool {
        list?.id == other.list?.id && source == other.source && skipsBad == other.skipsBad
    }
}

extension Block {
    fileprivate mutating func note(_ isNew: [Bool], bad: Int, at now: Date) {
        parts += 1
        counts.rows += isNew.count { $0 }
        counts.duplicates += isNew.count { !$0 }
        counts.invalid += bad
        createdAt = now
    }

    fileprivate func check(rows: Int?, leaving: Int?, _ forecast: BlockForecast) throws {
        guard plan.skipsBad || counts.invalid == 0 else {
            throw Refusal.invalid(field: "file", problem: "Lines of it are bad: correct them, or leave them out.")
        }
        guard rows == counts.rows else { throw Refusal.rowsChanged(expected: rows, actual: counts.rows) }
        guard leaving.map({ $0 == forecast.leaving }) ?? !forecast.isMany else {
            throw Refusal.manyLeave(expected: leaving, actual: forecast.leaving, of: forecast.population)
        }
    }
}

extension Transaction {
    fileprivate func openBlock(_ id: Int64, by staff: String) throws -> Block {
        guard let block = try block(id), block.state == .reading, block.createdBy == staff else {
            throw Refusal.notFound(.block)
        }
        return block
    }

    /// The fingerprint first: from this transaction on nobody writes to them. Returns how many subscriptions went.
    fileprivate func keep(_ row: BlockRow, of block: inout Block, at now: Date) throws -> Int {
        if try isKept(row.fingerprint, on: block.plan.list) {
            block.counts.known += 1
        } else {
            block.counts.blocked += 1
        }
        try insertFingerprint(row.fingerprint, on: block.plan.list, at: now)
        let leaving = try subscriptions(digest: row.digest).filter {
            block.plan.list == nil || $0.list.id == block.plan.list?.id
        }
        if block.plan.list == nil {
            try deleteAddressChanges(to: row.digest)
            try forgetSubject(row.digest)
        }
        let erased = try leaving.count { try erase($0.id, as: .left, at: now) }
        block.counts.leaving += erased
        return erased
    }
}

/// The addresses of a part; other columns are passed over.
private struct BlockParser {
    private(set) var problems = ImportProblems(limit: .max)
    private var column: Int?
    private var isHopeless = false

    mutating func rows(of bytes: [UInt8]) -> [EmailAddress] {
        var (reader, events) = (CSVReader(), [CSVReader.Event]())
        reader.take(bytes) { events.append($0) }
        reader.finish { events.append($0) }
        let addresses = events.compactMap { take($0) }
        if column == nil, problems.total == 0 { problems.note(1, .noHead) }
        return addresses
    }

    private mutating func take(_ event: CSVReader.Event) -> EmailAddress? {
        guard !isHopeless else { return nil }
        do throws(ImportFault) {
            return try read(event)
        } catch {
            problems.note(event.line, error)
            isHopeless = column == nil
            return nil
        }
    }

    private mutating func read(_ event: CSVReader.Event) throws(ImportFault) -> EmailAddress? {
        guard case .record(_, let fields) = event else {
            if case .fault(_, let fault) = event { throw .form(fault) }
            return nil
        }
        let texts = fields.map { String(decoding: $0, as: UTF8.self) }
        guard let column else {
            self.column = texts.firstIndex { ["email", "e-mail"].contains($0.lowercased()) }
            if self.column == nil { throw .noEmailColumn }
            return nil
        }
        guard column < texts.count else { throw .columnCount }
        do throws(EmailAddress.Fault) { return try EmailAddress(pasted: texts[column]) } catch { throw .email(error) }
    }
}
