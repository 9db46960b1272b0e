import CourantAPI
import Hummingbird
import Mail
import NIOCore
import Newsletter

/// `/api/v1/imports`: a file comes as the request's body and is read while it comes, however long it is.
struct ImportRoutes: Sendable {
    let imports: Imports

    func add(to door: StaffDoor) {
        door.on(.post, "imports", .serveSubscribers, take)
        door.on(.get, "imports/{id}", .serveSubscribers) { call in
            try .json(ImportInfo(await imports.show(call.id(of: .import))))
        }
    }

    @Sendable private func take(_ call: StaffCall) async throws -> Response {
        let wish = try Wish(call)
        guard let type = call.request.headers[.contentType].flatMap({ MediaTypeText($0) }), type.type == "text/csv",
            type.parameters["charset"].map({ $0.lowercased() == "utf-8" }) ?? true
        else { throw FormFailure.unsupportedType }
        let key = wish.isDry ? nil : try call.idempotencyKey()
        if let key, let known = try await imports.known(key, by: call.member.name) {
            guard try await Self.digest(of: call) == known.digest, known.plan.list.slug == wish.list else {
                throw Refusal.idempotencyKeyReused
            }
            return try .json(ImportInfo(known))
        }
        var reading = try await imports.begin(
            wish.list, basis: wish.basis, source: wish.source, class: wish.kind, by: call.member.name, key: key)
        do {
            for try await buffer in call.request.body { try await reading.take(Array(buffer.readableBytesView)) }
            // A file may take long to come.
            try await call.requireStillSignedIn()
        } catch {
            try? await imports.abandon(reading)
            throw error
        }
        guard !wish.isDry else {
            let (counts, problems) = try await imports.rehearse(reading)
            return try .json(ImportInfo(counts, problems, on: wish.list, wish.basis))
        }
        let accepted = try await imports.accept(reading, by: .staff(call.member.name))
        return try .json(ImportInfo(accepted), status: .accepted)
            .with(.location, call.href("/api/v1/imports/\(accepted.id)"))
    }

    private static func digest(of call: StaffCall) async throws -> String {
        var file = FileDigest()
        for try await buffer in call.request.body { file.take(Array(buffer.readableBytesView)) }
        return file.text
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

extension ImportInfo {
    fileprivate init(_ file: Import) {
        self.init(
            id: String(file.id), list: file.plan.list.slug.text, basis: file.plan.list.basis.rawValue,
            state: file.state.rawValue, rows: file.counts.rows,
            duplicates: file.counts.duplicates, imported: file.counts.imported, known: file.counts.known,
            blocked: file.counts.blocked)
    }

    fileprivate init(_ counts: ImportCounts, _ problems: ImportProblems, on list: Slug, _ basis: LegalBasis) {
        self.init(
            id: nil, list: list.text, basis: basis.rawValue, state: "rehearsed", rows: counts.rows,
            duplicates: counts.duplicates,
            imported: counts.imported, known: counts.known, blocked: counts.blocked, invalid: problems.total,
            problems: problems.lines.map { FieldError(field: "line \($0.line)", message: $0.fault.words) })
    }
}
