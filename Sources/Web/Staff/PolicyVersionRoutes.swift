import CourantAPI
import Hummingbird
import Newsletter
import Rendering

/// `/api/v1/policies`
struct PolicyVersionRoutes: Sendable {
    let policies: Policies

    func add(to router: StaffRouter) {
        router.on(.get, "policies", .see) { _ in
            let (all, readers) = try await policies.all()
            return try .json(PoliciesInfo(policies: all.map { PolicyInfo($0) }, readers: readers))
        }
        router.on(.post, "policies", .serveSubscribers, publish)
        router.on(.post, "policies/{version}/notify", .serveSubscribers, notify)
    }

    @Sendable private func publish(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(PublishPolicy.self)
        let text: PolicyText
        do throws(PolicyText.Problem) {
            text = try PolicyText(wish.source, effective: wish.effective)
        } catch {
            throw Refusal.invalid(field: error.field, problem: "The policy \(error).")
        }
        let standing = try await policies.publish(
            text, isMaterial: wish.isMaterial ?? false, by: .staff(call.member.name))
        return try .json(PolicyInfo(standing), status: .created)
    }

    /// The key is asked for although a repeated call changes nothing: whoever mails everybody must have thought of it.
    @Sendable private func notify(_ call: StaffCall) async throws -> Response {
        _ = try call.idempotencyKey()
        let wish = try await call.body(NotifyPolicy.self)
        let standing = try await policies.notify(
            call.context.parameters.get("version"), expectReaders: wish.expectReaders, by: .staff(call.member.name))
        return try .json(PolicyInfo(standing))
    }
}

extension PolicyInfo {
    init(_ standing: Policies.Standing) {
        let policy = standing.policy
        self.init(
            version: policy.version, state: standing.state.rawValue, effective: policy.effective,
            isMaterial: policy.isMaterial, hash: policy.hash, publishedAt: policy.publishedAt,
            publishedBy: policy.publishedBy.loginName, notice: standing.notice.map { CampaignInfo($0) })
    }
}

extension PolicyText.Problem {
    fileprivate var field: String {
        switch self {
        case .day, .otherDay: "effective"
        default: "source"
        }
    }
}
