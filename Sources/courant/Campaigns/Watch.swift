import CourantAPI
import Foundation

/// Stays with a campaign until nothing more happens to it by itself: sent, cancelled, paused. The campaign lives at the
/// service, so a lost connection is only a pause in watching, and an interrupt ends nothing but this program. What the
/// stream has not told (a proxy holds it back, the connection is gone) is asked for.
struct Watch {
    let client: APIClient
    let id: CampaignID
    let console: Console

    /// Tries in a row without a word from the service, before giving up: about a minute and a half.
    private static let patience = 15

    /// The campaign as it stands at the end. `see` gets each change.
    func untilOver(_ see: @escaping (CampaignInfo) throws -> Void = { _ in }) async throws -> CampaignInfo {
        leaveWord()
        defer { Interrupt.leave(nil) }
        var view = View(bar: ProgressBar(console), see: see)
        defer { view.bar.end() }
        var turn = 0
        while true {
            let told = view.told
            let lost = try await look(&view)
            if let last = view.last, last.standsStill { return last }
            if let lost, view.failures > Self.patience { throw lost }
            turn = view.told == told ? turn + 1 : 0
            try await rest(turn, isLost: lost != nil, &view.bar)
        }
    }

    /// Follows it as long as that lasts, then asks once. Why even that had no answer; nil where it had one.
    private func look(_ view: inout View) async throws -> Failure? {
        do {
            try await client.follow(id) { campaign in
                try view.note(campaign)
                return !campaign.standsStill
            }
        } catch let failure as Failure where failure.isPassing {
            view.failures += 1
        }
        guard view.last?.standsStill != true else { return nil }
        do {
            try view.note(try await client.campaign(id))
            return nil
        } catch let failure as Failure where failure.isPassing {
            return failure
        }
    }

    /// What has been seen of it.
    private struct View {
        var bar: ProgressBar
        let see: (CampaignInfo) throws -> Void
        var last: CampaignInfo?
        /// Tries in a row without a word from the service.
        var failures = 0
        /// How often it was another than before.
        var told = 0

        mutating func note(_ campaign: CampaignInfo) throws {
            failures = 0
            bar.show(campaign)
            guard last.map({ !$0.tellsTheSame(as: campaign) }) ?? true else { return }
            last = campaign
            told += 1
            try see(campaign)
        }
    }

    /// At once the first time, then ever longer, ten seconds at the most.
    private func rest(_ turn: Int, isLost: Bool, _ bar: inout ProgressBar) async throws {
        guard turn > 0 else { return }
        let pause = Duration.milliseconds(min(10_000, 200 << min(turn, 6)))
        if isLost { bar.lost(pause) }
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

extension CampaignInfo {
    /// As far as whoever watches it is concerned.
    fileprivate func tellsTheSame(as other: CampaignInfo) -> Bool {
        (state, reason, relayNextTry) == (other.state, other.reason, other.relayNextTry) && progress == other.progress
    }
}

extension Failure {
    /// It may be over in a moment: the service restarts, a proxy has nobody behind it, the train is in a tunnel.
    var isPassing: Bool { ["unreachable", "unavailable", "internal", "too-many-requests"].contains(word) }
}
