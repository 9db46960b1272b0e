import CourantAPI
import Hummingbird
import Newsletter

/// `/api/v1/audit`
struct AuditRoutes: Sendable {
    let audit: Audit

    private static let usualLimit = 50
    private static let highestLimit = 1000

    func add(to router: StaffRouter) {
        router.on(.get, "audit", .readAudit, tail)
        router.on(.get, "audit/verify", .readAudit, verify)
    }

    @Sendable private func tail(_ call: StaffCall) async throws -> Response {
        let limit = try call.number("limit", in: 1...Int64(Self.highestLimit)) ?? Int64(Self.usualLimit)
        let from = try call.number("from", in: 1...Int64.max)
        return try .json(
            AuditInfo(entries: await audit.tail(from: from, limit: Int(limit)).map { AuditEntryInfo($0) }))
    }

    @Sendable private func verify(_ call: StaffCall) async throws -> Response {
        let text = try call.request.query.single("mark")
        let mark = text.flatMap { AuditMark($0) }
        guard text == nil || mark != nil else {
            throw Refusal.invalid(field: "mark", problem: "A mark is what an earlier verification gave.")
        }
        let verdict = try await audit.verify(expecting: mark)
        return try .json(
            AuditVerdictInfo(
                isWhole: verdict.flaw == nil, entries: verdict.entries, mark: verdict.mark?.text,
                entry: verdict.flaw?.entry, problem: verdict.flaw?.words))
    }
}

extension StaffCall {
    fileprivate func number(_ name: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let text = try request.query.single(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw Refusal.invalid(
                field: name, problem: "This is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

extension AuditEntryInfo {
    fileprivate init(_ entry: AuditEntry) {
        self.init(
            number: entry.number, at: entry.at, actor: entry.actor, action: entry.action, subject: entry.subject,
            result: entry.result)
    }
}
