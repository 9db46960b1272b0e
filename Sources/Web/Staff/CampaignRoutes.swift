import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/api/v1/campaigns`
struct CampaignRoutes: Sendable {
    let campaigns: Campaigns
    let health: RelayHealth
    let clock: WallClock

    func add(to router: StaffRouter) {
        router.on(.get, "campaigns", .see) { _ in
            try .json(CampaignsInfo(campaigns: await campaigns.all().map { CampaignInfo($0) }))
        }
        router.on(.get, "campaigns/{id}", .see) { call in
            try .json(CampaignInfo(await campaigns.show(call.campaign()), health, at: clock.now()))
        }
        router.on(.get, "campaigns/{id}/report", .see) { call in
            let id = try call.campaign()
            return try .json(ReportInfo(await campaigns.show(id), troubled: await campaigns.troubled(id)))
        }
        router.on(.post, "campaigns", .edit, create)
        router.on(.post, "campaigns/lint", .edit, lint)
        router.on(.post, "campaigns/preview", .edit, previewFile)
        router.on(.get, "campaigns/{id}/preview", .see, preview)
        router.on(.patch, "campaigns/{id}", .edit, edit)
        router.on(.post, "campaigns/{id}/test", .edit, test)
        router.on(.post, "campaigns/{id}/plan", .edit) { call in
            try .json(PlanInfo(await campaigns.plan(call.campaign(), by: call.member.actor)))
        }
        router.on(.post, "campaigns/{id}/approve", .send, approve)
        router.on(.post, "campaigns/{id}/send", .send, send)
        router.on(.post, "campaigns/{id}/reschedule", .send, reschedule)
        change("pause", on: router) { try await campaigns.pause($0, by: $1) }
        change("resume", on: router) { try await campaigns.resume($0, by: $1) }
        change("cancel", on: router) { try await campaigns.cancel($0, by: $1) }
        router.on(.post, "campaigns/{id}/retry", .send, retry)
    }

    private func change(
        _ verb: String, on router: StaffRouter,
        _ change: @escaping @Sendable (Int64, Actor) async throws -> CampaignStanding
    ) {
        router.on(.post, "campaigns/{id}/\(verb)", .send) { call in
            try .json(CampaignInfo(await change(call.campaign(), call.member.actor)))
        }
    }

    // MARK: Writing

    @Sendable private func lint(_ call: StaffCall) async throws -> Response {
        let file = try await call.body(CampaignSource.self)
        let findings = try await campaigns.lint(file.source, list: file.slug())
        return try .json(LintInfo(findings: findings.map { FindingInfo($0) }))
    }

    @Sendable private func previewFile(_ call: StaffCall) async throws -> Response {
        let file = try await call.body(CampaignSource.self)
        return try .json(
            PreviewInfo(
                await campaigns.preview(
                    file.source, list: file.slug(), name: PersonName(wished: file.name, field: "name"),
                    company: CompanyName(wished: file.company, field: "company"))))
    }

    @Sendable private func preview(_ call: StaffCall) async throws -> Response {
        let query = call.request.query
        let name = try PersonName(wished: query.single("name"), field: "name")
        let company = try CompanyName(wished: query.single("company"), field: "company")
        return try .json(PreviewInfo(await campaigns.preview(call.campaign(), name: name, company: company)))
    }

    @Sendable private func create(_ call: StaffCall) async throws -> Response {
        let key = try call.idempotencyKey()
        let file = try await call.body(CampaignSource.self)
        let (campaign, _) = try await campaigns.create(
            file.source, list: file.slug(), file: file.file, by: call.member, idempotencyKey: key)
        let standing = try await campaigns.show(campaign.id)
        return try .json(CampaignInfo(standing), status: .created)
            .with(.location, call.href("/api/v1/campaigns/\(campaign.id)"))
    }

    @Sendable private func edit(_ call: StaffCall) async throws -> Response {
        let change = try await call.body(EditCampaign.self)
        return try .json(
            CampaignInfo(
                await campaigns.edit(call.campaign(), change.source, file: change.file, by: call.member.actor)))
    }

    @Sendable private func test(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(TestMail.self)
        let address = try EmailAddress(wished: wish.to, field: "to")
        let test = try await campaigns.test(
            call.campaign(),
            to: Person(
                address: address, name: PersonName(wished: wish.name, field: "name"),
                company: CompanyName(wished: wish.company, field: "company")), by: call.member.actor)
        let wait = Duration.seconds(max(0, min(wish.wait ?? 0, Self.longestWait)))
        let answer = try await campaigns.answer(to: test, within: wait)
        let trouble = answer == nil ? health.trouble?.cause.plainWords : nil
        return try .json(
            TestInfo(state: (answer?.state ?? .waiting).rawValue, reason: answer?.reason ?? trouble), status: .accepted)
    }

    /// Seconds.
    private static let longestWait = 30

    // MARK: Sending

    @Sendable private func approve(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(Approve.self)
        let standing = try await campaigns.approve(
            call.campaign(), digest: wish.digest, expectRecipients: wish.expectRecipients, by: call.member)
        return try .json(CampaignInfo(standing))
    }

    /// The key is asked for although a repeated send changes nothing: whoever sends must have thought of repetition.
    @Sendable private func send(_ call: StaffCall) async throws -> Response {
        _ = try call.idempotencyKey()
        let wish = try await call.body(Send.self)
        let standing = try await campaigns.send(
            call.campaign(), digest: wish.digest, expectRecipients: wish.expectRecipients, at: wish.at,
            by: call.member.actor)
        return try .json(CampaignInfo(standing))
    }

    @Sendable private func reschedule(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(Reschedule.self)
        return try .json(
            CampaignInfo(await campaigns.reschedule(call.campaign(), at: wish.at, by: call.member.actor)))
    }

    @Sendable private func retry(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(Retry.self)
        let (standing, retried) = try await campaigns.retry(
            call.campaign(), inDoubt: wish.inDoubt, by: call.member.actor)
        return try .json(CampaignInfo(standing, retried: retried))
    }
}

extension CampaignSource {
    fileprivate func slug() throws -> Slug? {
        try list.map { text in
            guard let slug = Slug(text) else { throw Refusal.notFound(.list) }
            return slug
        }
    }
}

extension ShownName {
    /// Nil stays nil, and so does an empty one.
    init?(wished text: String?, field: String) throws {
        guard let text, !text.isEmpty else { return nil }
        do throws(NameProblem) {
            self = try Self(text)
        } catch {
            throw Refusal.invalid(
                field: field, problem: "A \(field) is at most 100 characters without links or hidden characters.")
        }
    }
}
