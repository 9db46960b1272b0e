import Foundation
import Mail
import Newsletter
import SQLStore
import Synchronization
import Wiring

/// Compares what a soak's service keeps with what its visitors were told and what the relay was given, once all is well again.
struct SoakAccounts: Sendable {
    private let soak: Soak
    private let premises: Premises
    private let visits: ChaosVisitors.Book
    private let journal: SinkJournal.Contents

    init(_ soak: Soak, premises: Premises, visits: ChaosVisitors.Book) {
        (self.soak, self.premises, self.visits) = (soak, premises, visits)
        journal = soak.journal.contents
    }

    func settle() async throws {
        let ahead = Box(Duration.zero)
        let start = ContinuousClock.now
        let courant = try await premises.open(
            clock: WallClock(
                now: { Date.now + ahead.value / .seconds(1) }, uptime: { ContinuousClock.now - start + ahead.value }))
        try await finishCampaigns(courant, ahead)
        try await askForPeople(courant)
        try await askForCampaigns(courant)
        try await askForRecords(courant)
        await courant.external.relay.stop(within: .seconds(5))
        try courant.store.close()
        countMails()
        try await inspectFiles()
        if soak.plan.server == nil { try await restoreLastBackup() }
    }

    private func complain(_ count: Int, _ what: String) { soak.report.withLock { $0.complain(count, what) } }

    // MARK: Mail

    /// On a clock that runs ahead, so that what was put off is due.
    private func finishCampaigns(_ courant: Courant, _ ahead: Box<Duration>) async throws {
        try await courant.dispatcher.recover()
        // As the service does each minute: a process that began under a clock far ahead may have put mails off until then.
        _ = try await courant.retention.sweep()
        try await courant.dispatcher.bringForward()
        for _ in 0..<60 {
            _ = try await courant.dispatcher.drain()
            // Whoever is held waits for longer than this looks ahead.
            var isOver = try await courant.store.read { try $0.outboxCount() } == 0
            for standing in try await courant.campaigns.all() {
                let id = standing.campaign.id
                switch standing.campaign.state {
                case .paused: _ = try await courant.campaigns.resume(id, by: .host)
                case .sending: break
                case .sent where standing.progress.isUnfinished:
                    _ = try await courant.campaigns.retry(id, inDoubt: true, by: .host)
                default: continue
                }
                isOver = false
            }
            if isOver { return }
            ahead.value += .seconds(4 * 3600)
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Everybody whom nobody lost got each campaign that they were on the list for, and twice only within the bound.
    private func countMails() {
        let accepted = soak.journal.contents.accepted
        var (mails, duplicates) = (0, 0)
        for entries in accepted.values {
            mails += entries.count
            duplicates += entries.count - Set(entries.map(\.messageID)).count
        }
        let started = soak.journal.contents.started
        let late = visits.left.reduce(0) { late, visit in
            late + (started[Premises.recipient(visit.key).wire] ?? []).count { $0 > visit.value }
        }
        complain(late, "mails began after the 200 of an unsubscribe")
        soak.report.withLock { report in
            (report.mails, report.duplicates) = (mails, duplicates)
            report.turnedAway = visits.turnedAway.count
            (report.signedUp, report.confirmed, report.left) = (
                visits.signedUp.count, visits.confirmed.count, visits.left.count
            )
            report.complaints += visits.unanswered
            let deaths = ["kill -9", "SIGTERM", "database stopped", "database crashed", "database hangs"]
                .reduce(0) { $0 + (report.deeds[$1] ?? 0) }
            report.bound = deaths * (Dispatcher.window + premises.connections) * (soak.plan.server == nil ? 1 : 2)
        }
    }

    // MARK: People

    private func askForPeople(_ courant: Courant) async throws {
        let (keyring, visits) = (courant.keyring, visits)
        let (remaining, inactive) = try await courant.store.read { tx in
            let remaining = try visits.left.keys.count { try tx.subscription(Premises.id($0)) != nil }
            let inactive = try visits.confirmed.sorted().compactMap { number -> String? in
                let digest = keyring.digest(of: ChaosVisitors.address(number))
                let found = try tx.subscriptions(digest: digest).first
                guard found?.state != .active else { return nil }
                let state = found.map { $0.heldAt == nil ? "\($0.state)" : "\($0.state), held" }
                return "\(number) (\(state ?? "gone"))"
            }
            return (remaining, inactive)
        }
        complain(remaining, "were told that they are gone, and are still there")
        let shown = inactive.prefix(40).joined(separator: ", ")
        complain(inactive.count, "were told that they are confirmed, and are not subscribed: \(shown)")
        if soak.plan.clockShim == nil {
            complain(visits.turnedAway.count, "were told in time that their link has ended")
        }
        let stayed = (0..<soak.plan.recipients).filter { visits.left[$0] == nil }
        let missing = try await courant.store.read { tx in
            try stayed.count { try tx.subscription(Premises.id($0)) == nil }
        }
        complain(missing, "never left, and are gone")
        try await askForMails(courant)
    }

    private func askForMails(_ courant: Courant) async throws {
        let (keyring, accepted) = (courant.keyring, soak.journal.contents.accepted)
        let waiting = visits.signedUp.filter { accepted[ChaosVisitors.address($0).wire] == nil }.sorted()
        let standing = try await courant.store.read { tx in
            try waiting.map { number in
                let found = try tx.subscriptions(digest: keyring.digest(of: ChaosVisitors.address(number))).first
                return "\(number) (\(found.map { "\($0.state) since \($0.lastActivity)" } ?? "gone"))"
            }
        }
        complain(waiting.count, "signed up and got no mail: \(standing.prefix(40).joined(separator: ", "))")
    }

    private func askForCampaigns(_ courant: Courant) async throws {
        let campaigns = try await courant.campaigns.all()
        let open = campaigns.filter { ![.sent, .draft, .planned].contains($0.campaign.state) }
        complain(open.count, "campaigns did not come to their end")
        let wrong = campaigns.filter { $0.campaign.state == .sent }.map(\.progress)
            .filter { $0.accepted + $0.withdrawn != $0.recipients }
        complain(wrong.count, "campaigns do not add up: \(wrong)")
        soak.report.withLock { $0.campaigns = campaigns.count { $0.campaign.startedAt != nil } }
    }

    /// What nobody asked for, and what nobody may have touched.
    private func askForRecords(_ courant: Courant) async throws {
        let verdict = try await courant.audit.verify()
        if let flaw = verdict.flaw { complain(1, "audit that is not whole: \(flaw)") }
        let requests = try await courant.store.read { try $0.rightsRequests(openOnly: false, limit: 1000) }
        complain(requests.count, "requests on the register that nobody made")
    }

    // MARK: Files

    private func inspectFiles() async throws {
        if let database = premises.database, let server = database.server {
            let wrong = server.check(database)
            soak.report.withLock { $0.complaints += wrong }
        } else {
            let file = premises.directory.appending(path: "courant.db").path
            let question =
                "import sqlite3; print(sqlite3.connect('\(file)').execute('PRAGMA integrity_check').fetchone()[0])"
            let answer = try Child.run("python3", ["-c", question])
            if answer.said != "ok" { complain(1, "integrity_check: \(answer.said.prefix(300))") }
        }
        let readable = ReadableSearch.hits(in: premises.directory)
        soak.report.withLock { $0.complaints += readable.map { "somebody can be read in \($0)" } }
    }

    /// On another machine, with a copy of keys and ledger: nobody who has left since comes back.
    private func restoreLastBackup() async throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: soak.backups.path)
        guard let name = names.filter({ $0.hasSuffix(".db") }).max(by: { number($0) < number($1) }) else { return }
        var other = try premises.sharing(at: soak.plan.directory.appending(path: "restored"))
        other.clockShim = nil
        let ledger = "courant.db.erasures"
        try FileManager.default.copyItem(
            at: premises.directory.appending(path: ledger), to: other.directory.appending(path: ledger))
        let backup = soak.backups.appending(path: name).path
        let answer = try Child.run(soak.plan.daemon, ["restore", backup], environment: other.childEnvironment)
        // Those from before a rotation of the keys are meant to be of no use.
        if answer.said.contains("before the keys were rotated") { return }
        guard answer.status == 0 else { return complain(1, "restore failed: \(answer.said.suffix(300))") }
        let courant = try await other.open(serves: false)
        let visits = visits
        let back = try await courant.store.read { tx in
            try visits.left.keys.count { try tx.subscription(Premises.id($0)) != nil }
        }
        complain(back, "came back by a restore")
        try courant.store.close()
    }

    private func number(_ name: String) -> Int { Int(name.prefix { $0.isNumber }) ?? 0 }
}

extension Newsletter.Progress {
    fileprivate var isUnfinished: Bool { inDoubt + refused + expired > 0 }
}
