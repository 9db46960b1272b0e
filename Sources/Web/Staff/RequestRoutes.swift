import CourantAPI
import Foundation
import Hummingbird
import Mail
import Newsletter

/// `/api/v1/requests`: the register of what people asked for, and by when it must be answered.
struct RequestRoutes: Sendable {
    let rights: Rights
    let clock: WallClock

    func add(to router: StaffRouter) {
        router.on(.get, "requests", .serveSubscribers) { call in
            let now = clock.now()
            let openOnly = try call.request.query.single("open") == "true"
            let requests = try await rights.requests(openOnly: openOnly)
            let counts = try await rights.counted()
            return try .json(
                RequestsInfo(
                    requests: requests.map { RequestInfo($0, at: now) },
                    counted: CountedRequests(
                        days: RightsRequest.countedDays, nothingHeld: counts[.nothingHeld, default: 0],
                        limited: counts[.limited, default: 0])))
        }
        router.on(.post, "requests", .serveSubscribers, open)
        router.on(.post, "requests/{id}/extend", .serveSubscribers) { call in
            try .json(RequestInfo(await rights.extend(call.number(), by: call.member.actor), at: clock.now()))
        }
        router.on(.post, "requests/{id}/close", .serveSubscribers, close)
    }

    @Sendable private func open(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(OpenRequest.self)
        guard let kind = RightsRequest.Kind(rawValue: wish.kind) else {
            throw Refusal.invalid(field: "kind", problem: Self.choice(RightsRequest.Kind.self))
        }
        let address = try wish.address.map { try EmailAddress(wished: $0, field: "address") }
        let request = try await rights.open(kind, received: wish.received, about: address, by: call.member.actor)
        return try .json(RequestInfo(request, at: clock.now()), status: .created)
    }

    @Sendable private func close(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(CloseRequest.self)
        guard let outcome = RightsRequest.Outcome(rawValue: wish.outcome) else {
            throw Refusal.invalid(field: "outcome", problem: Self.choice(RightsRequest.Outcome.self))
        }
        let request = try await rights.close(call.number(), outcome, by: call.member.actor)
        return try .json(RequestInfo(request, at: clock.now()))
    }

    private static func choice<Word>(_ words: Word.Type) -> String
    where Word: CaseIterable & RawRepresentable<String> {
        "One of \(words.allCases.map(\.rawValue).joined(separator: ", "))."
    }
}

extension StaffCall {
    fileprivate func number() throws -> Int64 { try id(of: .request) }
}
