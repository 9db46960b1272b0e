import CourantAPI
import Foundation
import Outbound

/// The real `courantd serve` on some premises.
package final class Daemon: Sendable {
    package let child: Child
    private let premises: Premises

    package init(_ program: String, _ premises: Premises, core: Int? = nil) throws {
        self.premises = premises
        child = try Child(
            program, ["serve"], core: core, environment: premises.childEnvironment,
            output: premises.directory.appending(path: "log").path,
            errors: premises.directory.appending(path: "log").path)
    }

    /// Until it answers.
    package func ready() async throws { try await Sockets.waitFor(premises.httpPort) }

    /// Nil while it does not answer.
    func campaign(_ id: Int64, token: String, by client: HTTPClient) async -> CampaignInfo? {
        let request = HTTPRequest(
            .get, "http://127.0.0.1:\(premises.httpPort)/api/v1/campaigns/\(id)",
            headers: [HTTPHeader("Authorization", "Bearer \(token)")], timeout: .seconds(5))
        guard let answer = try? await client.send(request), answer.status == 200 else { return nil }
        return try? JSON.decode(CampaignInfo.self, from: Data(answer.body))
    }
}
