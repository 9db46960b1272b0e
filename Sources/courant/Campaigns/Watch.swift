import CourantAPI
import Foundation

/// Stays with a campaign until nothing more happens to it by itself: sent, cancelled, paused. The campaign lives at the
/// service, so a lost connection is only a pause in watching, and an interrupt ends nothing but this program.
struct Watch {
    let client: APIClient
    let id: CampaignID
    let console: Console

    /// Tries in a row without a word from the service, before giving up: about a minute and a half.
    private static let patience = 15

    /// The campaign as it stands at the end. `see` gets each change.
    func untilOver(_ see: (CampaignInfo) throws -> Void = { _ in }) async throws -> CampaignInfo {
        leaveWord()
        defer { Interrupt.leave(nil) }
        var bar = ProgressBar(console)
        defer { bar.end() }
        var last: CampaignInfo?
        var failures = 0
        var still = 0
        while true {
            var lost: Failure?
            do {
                try await client.follow(id) { campaign in
                    failures = 0
                    still = campaign == last ? still : 0
                    last = campaign
                    bar.show(campaign)
                    try see(campaign)
                    return !campaign.standsStill
                }
            } catch let failure as Failure where failure.isPassing {
                failures += 1
                lost = failure
            }
            if let last, last.standsStill { return last }
            if let lost, failures > Self.patience { throw lost }
            try await rest(still, &bar)
            still += 1
        }
    }

    /// At once the first time, then ever longer, ten seconds at the most.
    private func rest(_ turn: Int, _ bar: inout ProgressBar) async throws {
        guard turn > 0 else { return }
        let pause = Duration.milliseconds(min(10_000, 200 << min(turn, 6)))
        bar.lost(pause)
        try await Task.sleep(for: pause)
    }

    private func leaveWord() {
        let (console, id, url) = (console, id, client.url)
        Interrupt.leave {
            console.ask(
                """

                You have stopped watching; the campaign goes on at \(url).
                  \(console.margin.arrow) watch again: courant campaign status \(id) --follow
                  \(console.margin.arrow) hold it:     courant campaign pause \(id)

                """)
        }
    }
}

extension Failure {
    /// It may be over in a moment: the service restarts, a proxy has nobody behind it, the train is in a tunnel.
    var isPassing: Bool { ["unreachable", "unavailable", "internal", "too-many-requests"].contains(word) }
}
