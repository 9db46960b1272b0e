package import Foundation
package import Mail

/// The register of requests (GDPR Art. 12(3)): what came by letter or mail is written down by staff and closed by them, or
/// by the verb that serves it.
extension Rights {
    package func requests(openOnly: Bool = false, limit: Int = 1000) async throws -> [RightsRequest] {
        try await store.read { try $0.rightsRequests(openOnly: openOnly, limit: limit) }
    }

    /// How many came in the last `RightsRequest.countedDays` days that got no mail, and therefore no row.
    package func counted() async throws -> [RightsRequest.Outcome: Int] {
        let since = clock.now() - .days(RightsRequest.countedDays)
        return try await store.read { try $0.requestCounts(since: since) }
    }

    /// How many should have been answered by now.
    package func overdue() async throws -> Int {
        let now = clock.now()
        return try await store.read { try $0.countOverdueRequests(at: now) }
    }

    /// `address`: whom it is about, if that is known; kept as a keyed digest until the request is closed.
    package func open(
        _ kind: RightsRequest.Kind, received: Date? = nil, about address: EmailAddress? = nil, by actor: Actor
    ) async throws -> RightsRequest {
        let now = clock.now()
        let received = received ?? now
        guard received <= now, received > now - .seconds(366 * 86_400) else {
            throw Refusal.invalid(
                field: "received", problem: "A request came at some time in the last year, not later than now.")
        }
        return try await store.write { [keyring] tx in
            let request = try tx.insert(
                RightsRequest(id: 0, kind: kind, receivedAt: received, dueAt: RightsRequest.due(received)),
                about: address.map { keyring.digest(of: $0) })
            try tx.audit(
                .openRequest, of: .request(request.id), by: actor, result: kind.rawValue, keyring: keyring, at: now)
            return request
        }
    }

    /// Two months more, for what is complex; the person must be told why within the first month (Art. 12(3)).
    package func extend(_ id: Int64, by actor: Actor) async throws -> RightsRequest {
        try await change(id, .extendRequest, by: actor) { request, now in
            guard !request.isExtended, request.dueAt >= now else {
                throw Refusal.invalid(
                    field: "id", problem: "A request is extended once, and within its first month. Answer it now.")
            }
            request.isExtended = true
            request.dueAt = RightsRequest.due(request.receivedAt, months: 3)
        }
    }

    package func close(_ id: Int64, _ outcome: RightsRequest.Outcome, by actor: Actor) async throws -> RightsRequest {
        try await change(id, .closeRequest, by: actor) { request, now in
            (request.closedAt, request.outcome, request.handler) = (now, outcome, actor.text)
        }
    }

    private func change(
        _ id: Int64, _ action: AuditAction, by actor: Actor,
        _ change: @escaping @Sendable (inout RightsRequest, Date) throws -> Void
    ) async throws -> RightsRequest {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            guard var request = try tx.rightsRequest(id) else { throw Refusal.notFound(.request) }
            guard request.closedAt == nil else {
                throw Refusal.invalid(field: "id", problem: "The request is closed already.")
            }
            try change(&request, now)
            try tx.update(request)
            try tx.audit(
                action, of: .request(id), by: actor, result: request.outcome?.rawValue ?? "done", keyring: keyring,
                at: now)
            return request
        }
    }
}
