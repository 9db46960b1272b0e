import CourantTesting
import Foundation
import Newsletter
import SQLStore
import Testing
import Wiring

/// Where two must agree: who may, to what, and what makes it void.
@Suite struct ApprovalTests {
    private static func member(_ name: String, _ role: Role = .sender) -> StaffMember {
        StaffMember(name: name, role: role, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)
    }

    /// A campaign of Eva's to so many, planned.
    private struct Desk {
        let app: TestApp
        let id: Int64
        var campaigns: Campaigns { app.courant.campaigns }

        init(recipients: Int) async throws {
            app = try await TestApp.start { $0.approval = .secondPerson }
            try await app.fill(recipients)
            id = try await app.courant.campaigns.create(
                TestApp.issue, list: Slug("news"), by: member("Eva"), idempotencyKey: nil
            ).campaign.id
            _ = try await app.courant.campaigns.plan(id)
        }

        func digest() async throws -> String { try await campaigns.show(id).campaign.digest }
        func state() async throws -> CampaignState { try await campaigns.show(id).campaign.state }

        func approve(as name: String = "Bo", expecting count: Int? = nil) async throws {
            _ = try await campaigns.approve(id, digest: digest(), expectRecipients: count, by: member(name))
        }

        func send(at time: Date? = nil) async throws {
            _ = try await campaigns.send(id, digest: digest(), expectRecipients: nil, at: time)
        }

        func changeSender() async throws {
            guard let slug = Slug("news") else { return }
            let sender = app.courant.settings.mailTransactionalFrom
            _ = try await app.courant.lists.edit(slug, by: .host) { $0.sender = sender }
        }
    }

    @Test func `nobody sends alone, and who asks is told who may approve`() async throws {
        let desk = try await Desk(recipients: 1)
        for (name, role) in [("Eva", Role.sender), ("Ida", .editor), ("Bo", .sender), ("Dag", .admin)] {
            _ = try await desk.app.courant.staff.add(name, role: role)
        }
        await #expect(throws: Refusal.needsApproval(.missing, from: ["Bo", "Dag"])) { try await desk.send() }
        await #expect(throws: Refusal.needsApproval(.own, from: ["Bo", "Dag"])) { try await desk.approve(as: "Eva") }
        #expect(try await desk.campaigns.plan(desk.id).lack == .missing)
        try await desk.approve()
        #expect(try await desk.campaigns.plan(desk.id).lack == nil)
        #expect(try await desk.campaigns.show(desk.id).campaign.approval?.by == "Bo")
        try await desk.send()
        #expect(try await desk.state() == .sending)
    }

    @Test func `who approves for a number is refused where it is another`() async throws {
        let desk = try await Desk(recipients: 3)
        await #expect(throws: Refusal.recipientsChanged(expected: 2, actual: 3)) {
            try await desk.approve(expecting: 2)
        }
        await #expect(throws: Refusal.digestChanged) {
            try await desk.campaigns.approve(desk.id, digest: "0", by: Self.member("Bo"))
        }
        try await desk.approve(expecting: 3)
    }

    @Test func `another sender makes the approval void, and the next plan takes it back`() async throws {
        let desk = try await Desk(recipients: 1)
        try await desk.approve()
        try await desk.changeSender()
        await #expect(throws: Refusal.needsApproval(.content(approvedBy: "Bo"), from: [])) { try await desk.send() }
        #expect(try await desk.state() == .approved)
        #expect(try await desk.campaigns.plan(desk.id).lack == .content(approvedBy: "Bo"))
        #expect(try await desk.state() == .planned)
        try await desk.approve()
        try await desk.send()
    }

    @Test(.ofTheFile) func `a subscriber a minute later does not void it, an import does`() async throws {
        let desk = try await Desk(recipients: 20)
        try await desk.approve()
        desk.app.clock.advance(.seconds(60))
        try await desk.app.fill(30, domain: "later.example")
        try await desk.app.unsubscribeRow()
        #expect(try await desk.campaigns.plan(desk.id).lack == nil)
        try await desk.app.fill(11, domain: "import.example", basis: .legitimateInterest)
        let lack = ApprovalLack.audience(approvedBy: "Bo", recipients: 20, newcomers: 41)
        await #expect(throws: Refusal.needsApproval(lack, from: [])) { try await desk.send() }
        #expect(lack.words == "Bo approved it for 20 recipients; 41 have been added since.")
        try await desk.approve()
        try await desk.send()
    }

    @Test(
        arguments: [
            (20, 100, 10, true), (20, 101, 0, false), (20, 20, 11, false), (5_000, 500, 50, true),
            (5_000, 501, 0, false), (5_000, 51, 51, false), (1_000_000, 100_000, 1_000, true),
            (1_000_000, 10_000, 10_000, false),
        ])
    func `so many may come`(_ recipients: Int, _ all: Int, _ putIn: Int, _ holds: Bool) {
        let approval = CampaignApproval(by: "Bo", at: .distantPast, digest: "", recipients: recipients)
        #expect(approval.holds(for: Newcomers(all: all, putIn: putIn)) == holds)
    }

    @Test func `what was scheduled does not begin when its approval is void by then`() async throws {
        let desk = try await Desk(recipients: 2)
        try await desk.approve()
        try await desk.send(at: desk.app.clock.wall.now() + .seconds(3600))
        #expect(try await desk.state() == .scheduled)
        desk.app.clock.advance(.seconds(1800))
        try await desk.app.fill(200, domain: "import.example", basis: .legitimateInterest)
        desk.app.clock.advance(.seconds(1800))
        try await desk.app.deliverAllMail()
        let campaign = try await desk.campaigns.show(desk.id).campaign
        #expect(campaign.state == .planned && campaign.approval == nil && desk.app.relay.mails.isEmpty)
        #expect(campaign.reason?.contains("Bo approved it for 2 recipients; 200 have been added since.") == true)
        try await desk.approve()
        try await desk.send()
        try await desk.app.deliverAllMail()
        #expect(desk.app.relay.mails.count == 202)
    }
}

extension TestApp {
    /// Somebody leaves.
    fileprivate func unsubscribeRow() async throws {
        try tamper(["DELETE FROM subscription WHERE seq = 1"])
    }
}
