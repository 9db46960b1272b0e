import CourantAPI
import Foundation

/// The service as a staff member sees it: one verb per route of `/api/v1`. A verb gives the wire's value or throws the
/// failure that the program ends with.
struct APIClient: Sendable {
    let url: ServiceURL
    let connection: Connection

    init(_ login: Login) {
        url = login.url
        connection = Connection(login)
    }

    static func current() throws(Failure) -> APIClient { APIClient(try Login.current()) }

    func whoami() async throws(Failure) -> Whoami { try await get("whoami") }

    // Lists

    func lists() async throws(Failure) -> ListsInfo { try await get("lists") }
    func list(_ slug: Slug) async throws(Failure) -> ListInfo { try await get("lists/\(slug)") }
    func create(_ list: CreateList) async throws(Failure) -> ListInfo { try await post("lists", list) }
    func edit(_ slug: Slug, _ changes: EditList) async throws(Failure) -> ListInfo {
        try await call(.patch, "lists/\(slug)", try body(changes))
    }
    func close(_ slug: Slug, _ order: CloseListOrder) async throws(Failure) -> ListInfo {
        try await post("lists/\(slug)/close", order)
    }

    // Staff, and what they did

    func staff() async throws(Failure) -> StaffListInfo { try await get("staff") }
    func review() async throws(Failure) -> StaffListInfo { try await post("staff/review") }
    func add(_ login: AddStaff) async throws(Failure) -> AddedStaff { try await post("staff", login) }
    func renew(_ name: StaffName, _ term: RenewStaff) async throws(Failure) -> StaffInfo {
        try await post("staff/\(name.description.percentEncoded)/renew", term)
    }
    func revoke(_ name: StaffName) async throws(Failure) {
        _ = try await answer(.post, "staff/\(name.description.percentEncoded)/revoke", nil)
    }
    func audit(limit: Int, from: Int64?) async throws(Failure) -> AuditInfo {
        try await get("audit?limit=\(limit)" + (from.map { "&from=\($0)" } ?? ""))
    }
    func verifyAudit(mark: String?) async throws(Failure) -> AuditVerdictInfo {
        try await get("audit/verify" + (mark.map { "?mark=" + $0.percentEncoded } ?? ""))
    }

    // A file that is not a campaign yet

    func lint(_ source: CampaignSource) async throws(Failure) -> LintInfo { try await post("campaigns/lint", source) }
    func preview(_ source: CampaignSource) async throws(Failure) -> PreviewInfo {
        try await post("campaigns/preview", source)
    }

    // Campaigns

    func campaigns() async throws(Failure) -> CampaignsInfo { try await get("campaigns") }
    func campaign(_ id: CampaignID) async throws(Failure) -> CampaignInfo { try await get("campaigns/\(id)") }
    func report(_ id: CampaignID) async throws(Failure) -> ReportInfo { try await get("campaigns/\(id)/report") }
    func create(_ source: CampaignSource, key: IdempotencyKey) async throws(Failure) -> CampaignInfo {
        try await call(.post, "campaigns", try body(source), key: key)
    }
    func preview(_ id: CampaignID, name: String?, company: String?) async throws(Failure) -> PreviewInfo {
        let reader = [name.map { "name=" + $0.percentEncoded }, company.map { "company=" + $0.percentEncoded }]
            .compactMap(\.self)
        return try await get("campaigns/\(id)/preview" + (reader.isEmpty ? "" : "?" + reader.joined(separator: "&")))
    }
    func edit(_ id: CampaignID, _ text: EditCampaign) async throws(Failure) -> CampaignInfo {
        try await call(.patch, "campaigns/\(id)", try body(text))
    }
    func reschedule(_ id: CampaignID, _ wish: Reschedule) async throws(Failure) -> CampaignInfo {
        try await post("campaigns/\(id)/reschedule", wish)
    }
    func test(_ id: CampaignID, _ mail: TestMail) async throws(Failure) -> TestInfo {
        try await post("campaigns/\(id)/test", mail)
    }
    func plan(_ id: CampaignID) async throws(Failure) -> PlanInfo { try await post("campaigns/\(id)/plan") }
    func approve(_ id: CampaignID, _ approval: Approve) async throws(Failure) -> CampaignInfo {
        try await post("campaigns/\(id)/approve", approval)
    }
    func send(_ id: CampaignID, _ send: Send, key: IdempotencyKey) async throws(Failure) -> CampaignInfo {
        try await call(.post, "campaigns/\(id)/send", try body(send), key: key)
    }
    func pause(_ id: CampaignID) async throws(Failure) -> CampaignInfo { try await post("campaigns/\(id)/pause") }
    func resume(_ id: CampaignID) async throws(Failure) -> CampaignInfo { try await post("campaigns/\(id)/resume") }
    func cancel(_ id: CampaignID) async throws(Failure) -> CampaignInfo { try await post("campaigns/\(id)/cancel") }
    func retry(_ id: CampaignID, _ retry: Retry) async throws(Failure) -> CampaignInfo {
        try await post("campaigns/\(id)/retry", retry)
    }

    /// The campaign each time it has changed, until it is over, the connection ends, or `see` has seen enough.
    func follow(_ id: CampaignID, _ see: (CampaignInfo) throws -> Bool) async throws {
        try await connection.lines(Call(method: .get, path: "/api/v1/campaigns/\(id)/events")) { line in
            try see(try decode(line, status: 200))
        }
    }

    // Those who are said not to exist

    func bounces(_ campaign: CampaignID?) async throws(Failure) -> BouncesInfo {
        try await get("bounces" + (campaign.map { "?campaign=\($0)" } ?? ""))
    }
    func release(_ decision: DecideBounces) async throws(Failure) -> ChangedInfo {
        try await post("bounces/release", decision)
    }
    func eraseHeld(_ decision: DecideBounces) async throws(Failure) -> ChangedInfo {
        try await post("bounces/erase", decision)
    }

    // Retention, and those it concerns

    func retention() async throws(Failure) -> HoldingsInfo { try await get("retention") }
    func sweep(_ run: RunRetention) async throws(Failure) -> SweepInfo { try await post("retention/run", run) }
    func release(_ sweep: ReleaseSweep) async throws(Failure) -> HeldSweepInfo {
        try await post("retention/release", sweep)
    }
    func attest() async throws(Failure) -> AttestationInfo { try await post("retention/attest") }
    func noteContact(_ contact: NoteContact) async throws(Failure) -> ChangedInfo {
        try await post("subscribers/contact", contact)
    }
    func classify(_ change: Classify) async throws(Failure) -> ChangedInfo {
        try await post("subscribers/classify", change)
    }

    // The privacy policy

    func policies() async throws(Failure) -> PoliciesInfo { try await get("policies") }
    func publish(_ policy: PublishPolicy) async throws(Failure) -> PolicyInfo { try await post("policies", policy) }
    func notify(_ version: String, _ wish: NotifyPolicy) async throws(Failure) -> PolicyInfo {
        try await call(
            .post, "policies/\(version.percentEncoded)/notify", try body(wish), key: IdempotencyKey("notify", version))
    }

    /// For `doctor`: the bare answer, whatever it says.
    func knock(_ path: String) async throws(Failure) -> Answer {
        try await connection.send(Call(method: .get, path: path))
    }
}

extension APIClient {
    func get<Value: Decodable>(_ path: String) async throws(Failure) -> Value { try await call(.get, path) }

    func post<Value: Decodable>(_ path: String) async throws(Failure) -> Value { try await call(.post, path) }

    func post<Value: Decodable>(_ path: String, _ value: some Encodable) async throws(Failure) -> Value {
        try await call(.post, path, try body(value))
    }

    func call<Value: Decodable>(
        _ method: Call.Method, _ path: String, _ body: Data? = nil, key: IdempotencyKey? = nil
    ) async throws(Failure) -> Value {
        let answer = try await answer(method, path, body, key: key)
        return try decode(answer.body, status: answer.status)
    }

    func answer(
        _ method: Call.Method, _ path: String, _ body: Data?, key: IdempotencyKey? = nil
    ) async throws(Failure) -> Answer {
        let answer = try await connection.send(Call(method: method, path: "/api/v1/" + path, body: body, key: key))
        guard (200..<300).contains(answer.status) else { throw answer.failure(at: url) }
        return answer
    }

    func body(_ value: some Encodable) throws(Failure) -> Data {
        guard let data = try? JSON.encode(value) else {
            throw .usage("These arguments cannot be written as JSON")
        }
        return data
    }

    func decode<Value: Decodable>(_ data: Data, status: Int) throws(Failure) -> Value {
        guard let value = try? JSON.decode(Value.self, from: data) else { throw .strange(status, url) }
        return value
    }
}
