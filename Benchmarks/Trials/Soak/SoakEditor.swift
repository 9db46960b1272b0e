import CourantAPI
import Foundation
import Outbound

/// Writes an issue every now and then, sends it, and looks after those that stand still, as a person would.
struct SoakEditor: Sendable {
    private let soak: Soak
    private let url: String
    private let headers: [HTTPHeader]
    private let client = HTTPClient()

    init(_ soak: Soak, port: Int, token: String) {
        self.soak = soak
        url = "http://127.0.0.1:\(port)/api/v1/campaigns"
        headers = [
            HTTPHeader("Authorization", "Bearer \(token)"), HTTPHeader("Content-Type", "application/json"),
        ]
    }

    func write() async {
        var number = 0
        while !soak.isOver {
            let campaigns = (try? await ask(CampaignsInfo.self, .get, ""))?.campaigns
            for campaign in campaigns ?? [] { await lookAfter(campaign) }
            if let campaigns, !campaigns.contains(where: { ["sending", "paused"].contains($0.state) }) {
                number += 1
                await send(number)
            }
            for _ in 0..<40 where !soak.isOver { try? await Task.sleep(for: .milliseconds(200)) }
        }
    }

    /// Nobody is there, or something is refused: then in the next round.
    private func lookAfter(_ campaign: CampaignInfo) async {
        if campaign.state == "paused" { _ = try? await ask(CampaignInfo.self, .post, "/\(campaign.id)/resume") }
        let progress = campaign.progress
        if campaign.state == "sent", progress.inDoubt + progress.refused + progress.expired > 0 {
            _ = try? await ask(CampaignInfo.self, .post, "/\(campaign.id)/retry", JSON.encode(Retry(inDoubt: true)))
        }
    }

    private func send(_ number: Int) async {
        let source = CampaignSource(
            source: Premises.issue.replacing("Sensors in spring", with: "Sensors, part \(number)"), list: "news")
        guard let made = try? await ask(CampaignInfo.self, .post, "", JSON.encode(source)),
            let plan = try? await ask(PlanInfo.self, .post, "/\(made.id)/plan")
        else { return }
        _ = try? await ask(CampaignInfo.self, .post, "/\(made.id)/send", JSON.encode(Send(digest: plan.digest)))
    }

    private func ask<Answer: Decodable>(
        _ type: Answer.Type, _ method: HTTPRequest.Method, _ path: String, _ body: Data? = nil
    ) async throws -> Answer {
        let key = HTTPHeader("Idempotency-Key", UUID().uuidString)
        let request = HTTPRequest(
            method, url + path, headers: headers + (method == .post ? [key] : []), body: body.map { Array($0) },
            timeout: .seconds(10))
        let answer = try await client.send(request)
        guard answer.status < 300 else { throw TrialFailure("\(method.rawValue) \(path): \(answer.status)") }
        return try JSON.decode(type, from: Data(answer.body))
    }
}
