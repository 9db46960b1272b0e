import Foundation
import Mail
import Newsletter
import SQLStore
import Wiring

extension ChaosDay {
    /// Brings the campaign to its end on a clock that runs ahead, so that what was put off is due; counts; then lets a
    /// person decide to try the refused and the doubtful again, after which everybody must have a mail.
    func settle(_ premises: Premises, _ report: inout ChaosReport) async throws {
        let ahead = Box(Duration.zero)
        let start = ContinuousClock.now
        let clock = WallClock(
            now: { Date.now + ahead.value / .seconds(1) }, uptime: { ContinuousClock.now - start + ahead.value })
        let courant = try await premises.open(clock: clock)
        try await courant.dispatcher.recover()
        try await drain(courant, ahead)
        let standing = try await courant.campaigns.show(stage.campaign)
        count(standing, &report)

        _ = try await courant.campaigns.retry(stage.campaign, inDoubt: true, by: .host)
        try await drain(courant, ahead)
        report.lost = people.count { accepted[$0] == nil && !report.hasLeft($0) }
        let progress = try await courant.campaigns.show(stage.campaign).progress
        report.accounted = progress.accepted + progress.withdrawn
        try await lookFor(courant, &report)
        await courant.external.relay.stop(within: .seconds(5))
        try courant.store.close()
        try await inspect(premises, &report)
    }

    /// What a dead instance had claimed is due when its lease is over: some seconds by the server's own clock.
    private func drain(_ courant: Courant, _ ahead: Box<Duration>) async throws {
        for round in 0..<(stage.instances == 1 ? 40 : 150) {
            _ = try await courant.dispatcher.drain()
            let campaign = try await courant.campaigns.show(stage.campaign).campaign
            let waiting = try await courant.store.read { try $0.outboxCount() }
            if campaign.state == .sent, waiting == 0 { return }
            if campaign.state == .paused { _ = try await courant.campaigns.resume(stage.campaign, by: .host) }
            if round < 40 { ahead.value += .seconds(4 * 3600) }
            // A relay that is away at this moment comes back on its own time, not on this clock's.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: Mails

    private var people: [String] { (0..<stage.recipients).map { Premises.recipient($0).wire } }
    private var accepted: [String: [SinkJournal.Entry]] { journal.contents.accepted }

    private func count(_ standing: CampaignStanding, _ report: inout ChaosReport) {
        let accepted = accepted
        let mails = people.map { accepted[$0] ?? [] }
        report.none = zip(people, mails).count { $1.isEmpty && !report.hasLeft($0) }
        report.one = mails.count { $0.count == 1 }
        report.more = mails.count { $0.count > 1 }
        report.duplicates = mails.reduce(0) { $0 + max(0, $1.count - 1) }
        report.otherMessageIDs = mails.count { Set($0.map(\.messageID)).count > 1 }
        report.inDoubt = standing.progress.inDoubt
        report.refused = standing.progress.refused
        report.missing = max(0, report.none - report.inDoubt - report.refused)
        let started = journal.contents.started
        report.late = report.visits.left.reduce(0) { late, visit in
            late + (started[Premises.recipient(visit.key).wire] ?? []).count { $0 > visit.value }
        }
        let losses = report.kills + report.deaths.count + report.lapses * stage.instances
        report.bound = losses * (Dispatcher.window + premises.connections)
    }

    // MARK: People

    /// Whoever was told that it is done finds it done.
    private func lookFor(_ courant: Courant, _ report: inout ChaosReport) async throws {
        let visits = report.visits
        let keyring = courant.keyring
        let (remaining, inactive) = try await courant.store.read { tx in
            let remaining = try visits.left.keys.count { try tx.subscription(Premises.id($0)) != nil }
            let inactive = try visits.confirmed.count { number in
                let digest = keyring.digest(of: ChaosVisitors.address(number))
                return try tx.subscriptions(digest: digest).first?.state != .active
            }
            return (remaining, inactive)
        }
        let accepted = accepted
        let unasked = visits.signedUp.count { accepted[ChaosVisitors.address($0).wire] == nil }
        report.complain(remaining, "left and are still there")
        report.complain(inactive, "confirmed and are not subscribed")
        report.complain(unasked, "signed up and got no mail")
        report.complaints += visits.unanswered
        report.complain(visits.turnedAway.count, "were told in time that their link has ended")
    }

    // MARK: The database

    /// Looks at what is left behind when everybody has gone: rows that nobody would mend, indexes, and whether anybody can be
    /// read in the whole cluster.
    private func inspect(_ premises: Premises, _ report: inout ChaosReport) async throws {
        guard let database = premises.database, let server = database.server else { return }
        for (what, statement) in Self.questions {
            report.complain(Int(try database.ask(statement)) ?? -1, what)
        }
        report.complaints += server.check(database)
        try server.stop()
        let directories = [server.directory, premises.directory]
        report.complaints += directories.flatMap(ReadableSearch.hits).map { "somebody can be read in \($0)" }
        try server.start()
    }

    private static let questions = [
        ("deliveries are claimed by nobody", "SELECT COUNT(*) FROM delivery WHERE state = 'claimed'"),
        ("mails are claimed by nobody", "SELECT COUNT(*) FROM outbox WHERE is_claimed = 1"),
        (
            "erasures are missing in the row",
            "SELECT COALESCE(MAX(number), 0) - (SELECT number FROM ledger) - COUNT(*) FROM erasure"
        ),
        (
            "campaigns do not add up",
            """
            SELECT COUNT(*) FROM campaign c WHERE recipients <> accepted + withdrawn + dead
                + (SELECT COUNT(*) FROM delivery d WHERE d.campaign_id = c.id)
            """
        ),
    ]
}
