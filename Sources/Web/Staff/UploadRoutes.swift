import CourantAPI
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Newsletter

/// `/api/v1/uploads`: a file of people in parts, looked at before it is accepted.
struct UploadRoutes: Sendable {
    let imports: Imports

    /// Half of what the usual proxy lets through.
    static let longestPart = 512 * 1024

    func add(to router: StaffRouter) {
        router.on(.post, "uploads", .serveSubscribers, open)
        router.on(.put, "uploads/{id}/parts/{part}", .serveSubscribers, take)
        router.on(.get, "uploads/{id}", .serveSubscribers) { call in
            let id = try call.id(of: .import)
            let file = try await imports.show(id)
            guard file.state == .reading else { return try await answer(file) }
            return try .json(ImportInfo(file, foreseen: await imports.look(id, by: call.member.name)))
        }
        router.on(.delete, "uploads/{id}", .serveSubscribers) { call in
            try await imports.abandon(call.id(of: .import), by: call.member)
            return Response(status: .noContent)
        }
        router.on(.post, "uploads/{id}/accept", .serveSubscribers) { call in
            let id = try call.id(of: .import)
            let rows = call.hasBody ? try await call.body(AcceptUpload.self).expectRows : nil
            return try await answer(imports.accept(id, expecting: rows, by: call.member), .accepted)
        }
        router.on(.post, "uploads/{id}/approve", .serveSubscribers) { call in
            let id = try call.id(of: .import)
            let rows = try await call.body(AcceptUpload.self).expectRows
            return try await answer(imports.approve(id, expecting: rows ?? -1, by: call.member), .accepted)
        }
    }

    @Sendable private func open(_ call: StaffCall) async throws -> Response {
        let key = try call.idempotencyKey()
        let order = try ImportOrder(await call.body(UploadOrder.self))
        let file = try await imports.open(order, by: call.member.name, key: key)
        guard file.state != .reading else { return try await answer(file, .created) }
        var info = ImportInfo(file)
        info.takenAt = file.createdAt
        return try .json(info)
    }

    @Sendable private func take(_ call: StaffCall) async throws -> Response {
        let id = try call.id(of: .import)
        let (part, bytes) = try await call.part(of: .import)
        return try .json(PartInfo(await imports.take(bytes, part: part, of: id, by: call.member.name)))
    }

    private func answer(_ file: Import, _ status: HTTPResponse.Status = .ok) async throws -> Response {
        var info = ImportInfo(file)
        if file.state == .proposed { info.approvers = try await imports.approvers(of: file) }
        return try .json(info, status: status)
    }
}

extension StaffCall {
    /// Its number, and the table in it.
    func part(of noun: Refusal.Noun) async throws -> (Int, [UInt8]) {
        guard let part = context.parameters.get("part").flatMap({ Int($0) }), part > 0 else {
            throw Refusal.notFound(noun)
        }
        try requireCSV()
        return (part, try await request.bytes(upTo: UploadRoutes.longestPart))
    }
}

extension PartInfo {
    init(_ part: ImportPart) {
        self.init(rows: part.rows, duplicates: part.duplicates, problems: part.problems.fieldErrors)
    }
}

extension ImportOrder {
    fileprivate init(_ wish: UploadOrder) throws {
        guard let basis = LegalBasis(rawValue: wish.basis) else {
            throw Refusal.invalid(field: "basis", problem: "Say why we may: consent or legitimate-interest.")
        }
        self.init(
            list: try Slug(wished: wish.list), basis: basis, source: wish.source,
            class: try SubscriberClass(wished: wish.class ?? SubscriberClass.subscriber.rawValue),
            elsewhere: try ConsentElsewhere(wish), skipsBad: wish.skipBad ?? false,
            announces: wish.announce ?? false)
    }
}

extension ConsentElsewhere {
    fileprivate init?(_ wish: UploadOrder) throws {
        guard wish.confirmed == true else { return nil }
        let day = try wish.confirmedAt.map { text in
            guard let moment = ImportMoment(text) else {
                throw Refusal.invalid(field: "confirmed_at", problem: "Write a day like this: 2026-03-01.")
            }
            return moment.date
        }
        self.init(evidence: wish.evidence ?? "", day: day)
    }
}

extension ImportProblems {
    var fieldErrors: [FieldError] { lines.map { FieldError(field: "line \($0.line)", message: $0.fault.words) } }
}
