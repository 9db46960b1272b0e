import Foundation
import Mail
import Rendering

/// A file that comes in parts, so that no proxy's limit is a wall and a lost connection costs one part. Each part is a file of
/// its own, with a first line that names the columns, and is one transaction: sent twice, it counts once. What is staged is
/// looked at before it is accepted, and whoever accepts says how many people it is.
package struct ImportOrder: Sendable {
    package let list: Slug
    package let basis: LegalBasis
    package let source: String
    package let `class`: SubscriberClass
    package let elsewhere: ConsentElsewhere?
    package let skipsBad: Bool
    package let announces: Bool

    package init(
        list: Slug, basis: LegalBasis, source: String, class: SubscriberClass = .subscriber,
        elsewhere: ConsentElsewhere? = nil, skipsBad: Bool = false, announces: Bool = false
    ) {
        self.announces = announces
        self.list = list
        self.basis = basis
        self.source = source
        self.class = `class`
        self.elsewhere = elsewhere
        self.skipsBad = skipsBad
    }
}

/// What has become of one part.
package struct ImportPart: Sendable {
    package let rows: Int
    package let duplicates: Int
    /// Every bad line.
    package let problems: ImportProblems
}

extension Imports {
    /// Begins one, or finds it by its key where it was begun before; then its parts that have come need not come again.
    package func open(_ order: ImportOrder, by staff: String, key: String) async throws -> Import {
        let (now, today) = (clock.now(), calendar.now())
        try Self.check(source: order.source)
        try order.elsewhere?.check(order, today: today)
        guard order.elsewhere != nil || !order.announces else {
            throw Refusal.invalid(
                field: "announce", problem: "Everybody else gets a mail anyhow: announce goes with confirmed.")
        }
        return try await store.write { tx in
            let list = try tx.importable(order.list, basis: order.basis, isConfirmed: order.elsewhere != nil)
            let plan = ImportPlan(
                list: list, source: order.source, class: order.class, elsewhere: order.elsewhere,
                skipsBad: order.skipsBad, announces: order.announces)
            if let before = try tx.import(idempotencyKey: key, by: staff, since: now - Self.keyLifetime) {
                guard before.plan.isSame(as: plan) else { throw Refusal.idempotencyKeyReused }
                return before
            }
            if let old = try tx.import(idempotencyKey: key, by: staff, since: .distantPast) {
                try tx.forgetKey(of: old.id)
            }
            let id = try tx.insert(plan, by: staff, idempotencyKey: key, at: now)
            guard let opened = try tx.import(id) else { throw Refusal.notFound(.import) }
            return opened
        }
    }

    /// Parts are numbered from 1.
    package func take(_ bytes: [UInt8], part: Int, of id: Int64, by staff: String) async throws -> ImportPart {
        let now = clock.now()
        let plan = try await reading(id, by: staff).plan
        let (rows, problems) = parsed(bytes, plan)
        let staged = try rows.map { try self.staged($0, on: plan.list) }
        let digest = FileDigest(of: bytes).text
        let isNew: [Bool] = try await store.write { tx in
            var file = try tx.openImport(id, by: staff)
            guard part <= file.parts + 1 else {
                throw Refusal.invalid(field: "part", problem: "Part \(file.parts + 1) comes next.")
            }
            guard part == file.parts + 1 else { return [] }
            for row in rows { try tx.insertTexts(of: row, language: row.language ?? plan.list.language, at: now) }
            let isNew = try staged.map { try tx.stage($0, for: id) }
            file.note(isNew, bad: problems.total, digest: digest, at: now)
            try tx.update(file)
            return isNew
        }
        return ImportPart(
            rows: isNew.count { $0 }, duplicates: isNew.count { !$0 }, problems: problems)
    }

    private func parsed(_ bytes: [UInt8], _ plan: ImportPlan) -> ([ImportRow], ImportProblems) {
        var (reader, events) = (CSVReader(), [CSVReader.Event]())
        reader.take(bytes) { events.append($0) }
        reader.finish { events.append($0) }
        var parser = parser(plan, at: calendar.now(), mostProblems: .max)
        let rows = events.compactMap { parser.take($0) }
        parser.finish()
        return (rows, parser.problems)
    }

    /// What would become of what has come so far; nothing is changed.
    package func look(_ id: Int64, by staff: String) async throws -> ImportRehearsal {
        let file = try await reading(id, by: staff)
        let forecast = try await store.read { try $0.forecast(id, on: file.plan.list) }
        var counts = file.counts
        (counts.known, counts.blocked) = (forecast.known, forecast.blocked)
        counts.imported = counts.rows - forecast.known - forecast.blocked
        return ImportRehearsal(counts: counts, pending: forecast.pending, problems: ImportProblems())
    }

    private func reading(_ id: Int64, by staff: String) async throws -> Import {
        try await store.read { try $0.openImport(id, by: staff) }
    }

    /// From here on it counts as a whole, or waits for a second person. `rows`: as many as whoever says so knows of.
    package func accept(_ id: Int64, expecting rows: Int?, by member: StaffMember) async throws -> Import {
        let (now, needsSecond) = (clock.now(), approval == .secondPerson)
        let accepted = try await store.write { [keyring] tx in
            var file = try tx.openImport(id, by: member.name)
            guard file.plan.skipsBad || file.counts.invalid == 0 else {
                throw Refusal.invalid(field: "file", problem: "Lines of it are bad: correct them, or leave them out.")
            }
            if rows != nil || file.plan.elsewhere != nil { try file.require(rows) }
            let waits = file.plan.elsewhere != nil && needsSecond
            file.state = waits ? .proposed : .accepted
            if waits { (file.proposedAt, file.createdAt) = (now, now) }
            try tx.update(file)
            try tx.audit(
                .importSubscribers, of: .list(file.plan.list.slug), by: member.actor,
                result: file.auditText + (waits ? " proposed" : ""), keyring: keyring, at: now)
            return file
        }
        bell.ring()
        return accepted
    }

    /// Somebody else than who brought it.
    package func approve(_ id: Int64, expecting rows: Int, by member: StaffMember) async throws -> Import {
        let now = clock.now()
        let approved = try await store.write { [keyring] tx in
            guard var file = try tx.import(id), file.state == .proposed else { throw Refusal.notFound(.import) }
            guard file.createdBy != member.name else {
                throw Refusal.ownImport(from: try tx.approvers(of: file, at: now))
            }
            try file.require(rows)
            (file.state, file.approvedBy) = (.accepted, member.name)
            try tx.update(file)
            try tx.audit(
                .approveImport, of: .list(file.plan.list.slug), by: member.actor, result: file.auditText,
                keyring: keyring, at: now)
            return file
        }
        bell.ring()
        return approved
    }

    /// Whom one can ask to agree.
    package func approvers(of file: Import) async throws -> [String] {
        let now = clock.now()
        return try await store.read { try $0.approvers(of: file, at: now) }
    }

    /// Throws it away, also while it waits for a second person.
    package func abandon(_ id: Int64, by member: StaffMember) async throws {
        let file = try await show(id)
        guard file.state == .proposed || (file.state == .reading && file.createdBy == member.name) else {
            throw Refusal.notFound(.import)
        }
        try await discard(id)
    }
}

extension ConsentElsewhere {
    fileprivate func check(_ order: ImportOrder, today: Date) throws {
        guard order.basis == .consent else {
            throw Refusal.invalid(
                field: "basis", problem: "What was confirmed elsewhere is consent: say basis consent.")
        }
        try Imports.refuseAddress(in: evidence, field: "evidence")
        guard (1...ConsentEvidence.longest).contains(evidence.utf8.count),
            !evidence.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }),
            evidence.contains(where: { !$0.isWhitespace })
        else {
            throw Refusal.invalid(
                field: "evidence",
                problem:
                    "Say in 1 to 1,000 bytes on one line where they consented, and to which wording or where it is kept: they will read it."
            )
        }
        guard day.map({ $0 <= today }) ?? true else {
            throw Refusal.invalid(field: "confirmed_at", problem: "The day of the consent is yet to come.")
        }
    }
}

extension ImportPlan {
    fileprivate func isSame(as other: ImportPlan) -> Bool {
        list.id == other.list.id && source == other.source && `class` == other.class && skipsBad == other.skipsBad
            && announces == other.announces
            && (elsewhere == other.elsewhere || isForgotten || other.isForgotten)
    }

    /// Nobody's consent rests any more on what was said.
    private var isForgotten: Bool { elsewhere?.evidence.isEmpty == true }
}

extension Import {
    fileprivate mutating func note(_ isNew: [Bool], bad: Int, digest: String, at now: Date) {
        parts += 1
        counts.rows += isNew.count { $0 }
        counts.duplicates += isNew.count { !$0 }
        counts.invalid += bad
        self.digest = FileDigest(of: Array((self.digest + digest).utf8)).text
        createdAt = now
    }

    fileprivate func require(_ rows: Int?) throws {
        guard rows == counts.rows else { throw Refusal.rowsChanged(expected: rows, actual: counts.rows) }
    }
}

extension Transaction {
    /// Where it is still being read, and by whom.
    fileprivate func openImport(_ id: Int64, by staff: String) throws -> Import {
        guard let file = try self.import(id), file.state == .reading, file.createdBy == staff else {
            throw Refusal.notFound(.import)
        }
        return file
    }

    fileprivate func insertTexts(of row: ImportRow, language: Language, at now: Date) throws {
        if let wording = row.wording { try insert(ConsentWording(wording, language: language, since: now)) }
        if let evidence = row.evidence { try insert(ConsentEvidence(evidence, since: now)) }
    }

    fileprivate func approvers(of file: Import, at now: Date) throws -> [String] {
        try staff().filter { $0.role.may(.serveSubscribers) && $0.expiresAt > now && $0.name != file.createdBy }
            .map(\.name)
    }
}
