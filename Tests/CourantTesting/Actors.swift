package import Foundation
package import Newsletter

/// The staff's verbs as a test says them that does not care who does it.
extension Campaigns {
    package func plan(_ id: Int64) async throws -> CampaignPlan { try await plan(id, by: TestApp.editor.actor) }

    package func send(
        _ id: Int64, digest: String, expectRecipients: Int?, at time: Date?
    ) async throws -> CampaignStanding {
        try await send(id, digest: digest, expectRecipients: expectRecipients, at: time, by: TestApp.editor.actor)
    }

    package func test(_ id: Int64, to recipient: Person) async throws {
        try await test(id, to: recipient, by: TestApp.editor.actor)
    }

    package func pause(_ id: Int64) async throws -> CampaignStanding {
        try await pause(id, by: TestApp.editor.actor)
    }

    package func resume(_ id: Int64) async throws -> CampaignStanding {
        try await resume(id, by: TestApp.editor.actor)
    }

    package func cancel(_ id: Int64) async throws -> CampaignStanding {
        try await cancel(id, by: TestApp.editor.actor)
    }

    package func retry(_ id: Int64, inDoubt: Bool) async throws -> CampaignStanding {
        try await retry(id, inDoubt: inDoubt, by: TestApp.editor.actor).standing
    }
}

extension Staff {
    package func add(
        _ name: String, role: Role, lists: [Slug] = []
    ) async throws -> (token: StaffToken, member: StaffMember) {
        try await add(name, role: role, lists: lists, by: .host)
    }
}
