import CourantAPI
import Hummingbird
import Mail
import NIOCore
import Newsletter

/// `/api/v1/imports`: a file comes as the request's body and is read while it comes, however long it is.
struct ImportRoutes: Sendable {
    let imports: Imports

    func add(to router: StaffRouter) {
        router.on(.post, "imports", .serveSubscribers, take)
        router.on(.get, "imports/{id}", .serveSubscribers) { call in
            try .json(ImportInfo(await imports.show(call.id(of: .import))))
        }
    }

    @Sendable private func take(_ call: StaffCall) async throws -> Response {
        let wish = try Wish(call)
        try call.requireCSV()
        let key = wish.isDry ? nil : try call.idempotencyKey()
        var known: Import?
        if let key { known = try await imports.known(key, by: call.member.name) }
        let reading = try await read(call, wish, key: known == nil ? key : nil)
        if let known { return try await answer(known, toTheSame: reading, wish) }
        guard !wish.isDry else {
            return try .json(ImportInfo(await imports.rehearse(reading), on: wish.list, wish.basis))
        }
        let accepted = try await imports.accept(reading, by: .staff(call.member.name))
        return try .json(ImportInfo(accepted), status: .accepted)
            .with(.location, call.href("/api/v1/imports/\(accepted.id)"))
    }

    private func read(_ call: StaffCall, _ wish: Wish, key: String?) async throws -> ImportReading {
        var reading = try await imports.begin(
            wish.list, basis: wish.basis, source: wish.source, class: wish.kind, by: call.member.name, key: key)
        do {
            for try await buffer in call.request.body { try await reading.take(Array(buffer.readableBytesView)) }
            // A file may take long to come.
            try await call.requireStillSignedIn()
            return reading
        } catch {
            try? await imports.abandon(reading)
            throw error
        }
    }

    /// A file that was taken already is not imported again: the answer is how its lines stand now.
    private func answer(_ known: Import, toTheSame reading: ImportReading, _ wish: Wish) async throws -> Response {
        let digest = reading.digest
        let now = try await imports.rehearse(reading)
        guard digest == known.digest, known.plan.list.slug == wish.list else { throw Refusal.idempotencyKeyReused }
        var info = ImportInfo(known)
        guard info.isOver else { return try .json(info) }
        (info.imported, info.known, info.blocked) = (0, now.counts.known, now.counts.blocked)
        (info.pending, info.takenAt) = (now.pending, known.createdAt)
        return try .json(info)
    }

    /// What the address says of the file.
    private struct Wish {
        let list: Slug
        let basis: LegalBasis
        let source: String
        let kind: SubscriberClass
        let isDry: Bool

        init(_ call: StaffCall) throws {
            let query = call.request.query
            list = try Slug(wished: query.single("list") ?? "")
            guard let basis = try LegalBasis(rawValue: query.single("basis") ?? "") else {
                throw Refusal.invalid(field: "basis", problem: "Say why we may: consent or legitimate-interest.")
            }
            self.basis = basis
            source = try query.single("source") ?? ""
            kind = try SubscriberClass(wished: query.single("class") ?? SubscriberClass.subscriber.rawValue)
            isDry = try query.single("dry_run") == "true"
        }
    }
}

extension StaffCall {
    /// Else it cannot be read.
    func requireCSV() throws {
        guard let type = request.headers[.contentType].flatMap({ MediaTypeText($0) }), type.type == "text/csv",
            type.parameters["charset"].map({ $0.lowercased() == "utf-8" }) ?? true
        else { throw FormFailure.unsupportedType }
    }
}

extension ImportInfo {
    init(_ file: Import) {
        self.init(
            id: String(file.id), list: file.plan.list.slug.text,
            basis: file.plan.elsewhere == nil ? file.plan.list.basis.rawValue : LegalBasis.consent.rawValue,
            state: file.state.rawValue, rows: file.counts.rows,
            duplicates: file.counts.duplicates, imported: file.counts.imported, known: file.counts.known,
            blocked: file.counts.blocked, invalid: file.counts.invalid)
        (parts, evidence) = (file.parts, file.plan.elsewhere?.evidence)
    }

    /// Before it is accepted.
    init(_ file: Import, foreseen: ImportRehearsal) {
        self.init(file)
        (imported, known, blocked) = (foreseen.counts.imported, foreseen.counts.known, foreseen.counts.blocked)
        pending = foreseen.pending
    }

    fileprivate init(_ rehearsal: ImportRehearsal, on list: Slug, _ basis: LegalBasis) {
        let (counts, problems) = (rehearsal.counts, rehearsal.problems)
        self.init(
            id: nil, list: list.text, basis: basis.rawValue, state: "rehearsed", rows: counts.rows,
            duplicates: counts.duplicates,
            imported: counts.imported, known: counts.known, blocked: counts.blocked,
            pending: rehearsal.pending, invalid: problems.total,
            problems: problems.fieldErrors)
    }
}
