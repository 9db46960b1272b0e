import CourantAPI
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Newsletter

/// `/api/v1/subscribers`: the rights of those who wrote or called, served by staff. The address is in the body, for URLs are
/// written down on the way. Each call is one entry of the audit, also where nothing is held.
struct SubscriberRoutes: Sendable {
    let rights: Rights
    let clock: WallClock

    func add(to router: StaffRouter) {
        router.on(.post, "subscribers/find", .serveSubscribers, find)
        router.on(.post, "subscribers/export", .serveSubscribers, export)
        router.on(.post, "subscribers/rectify", .serveSubscribers, rectify)
        serve("restrict", on: router) { _, dataSubject in try await rights.restrict(dataSubject) }
        serve("unrestrict", on: router) { _, dataSubject in try await rights.unrestrict(dataSubject) }
        serve("object", on: router) { _, dataSubject in try await rights.object(dataSubject) }
        serve("erase", on: router) { wish, dataSubject in
            try await rights.erase(dataSubject, neverAgain: wish.neverAgain ?? false)
        }
        router.on(.post, "subscribers/forgive", .serveSubscribers) { call in
            let address = try await call.body(WhichSubscriber.self).checked()
            guard try await rights.forgive(address, by: call.member.actor) else { throw Refusal.notFound(.subscriber) }
            return Response(status: .noContent)
        }
    }

    private func serve(
        _ verb: String, on router: StaffRouter,
        _ serve: @escaping @Sendable (WhichSubscriber, DataSubject) async throws -> Int
    ) {
        router.on(.post, "subscribers/\(verb)", .serveSubscribers) { call in
            let wish = try await call.body(WhichSubscriber.self)
            let count = try await serve(wish, .address(wish.checked(), by: call.member.actor))
            return try .json(ServedInfo(subscriptions: count))
        }
    }

    // MARK: Seeing

    @Sendable private func find(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(WhichSubscriber.self)
        let inFull = wish.inFull ?? false
        let held = try await rights.find(wish.checked(), inFull: inFull, by: call.member.actor)
        guard !held.isEmpty else { throw Refusal.notFound(.subscriber) }
        return try .json(SubscriberInfo(held, inFull: inFull, at: clock.now()))
    }

    @Sendable private func export(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(WhichSubscriber.self)
        let format = wish.format ?? "json"
        guard ["json", "csv"].contains(format) else {
            throw Refusal.invalid(field: "format", problem: "A format is json or csv.")
        }
        let held = try await rights.export(wish.checked(), by: call.member.actor)
        guard !held.isEmpty else { throw Refusal.notFound(.subscriber) }
        let export = rights.export(held)
        let bytes = try format == "csv" ? export.csv() : export.json()
        return Response(
            status: .ok,
            headers: [.contentType: format == "csv" ? "text/csv; charset=utf-8; header=present" : "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: Correcting

    @Sendable private func rectify(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(Rectify.self)
        let dataSubject = DataSubject.address(
            try EmailAddress(wished: wish.address, field: "address"), by: call.member.actor)
        switch (wish.name, wish.company, wish.newAddress) {
        case (let name?, nil, nil): try await rights.rectify(dataSubject, name: PersonName(wished: name, field: "name"))
        case (nil, let company?, nil):
            try await rights.rectify(dataSubject, company: CompanyName(wished: company, field: "company"))
        case (nil, nil, let address?):
            try await rights.rectify(dataSubject, address: EmailAddress(wished: address, field: "new_address"))
        default:
            throw Refusal.invalid(field: "name", problem: "Send name, company or new_address, one at a time.")
        }
        return Response(status: .noContent)
    }
}

extension WhichSubscriber {
    fileprivate func checked() throws -> EmailAddress { try EmailAddress(wished: address, field: "address") }
}

extension EmailAddress {
    /// As somebody sent it in that field.
    init(wished text: String, field: String) throws {
        do throws(Fault) {
            try self.init(pasted: text)
        } catch {
            throw Refusal.invalid(field: field, problem: error.words)
        }
    }
}
