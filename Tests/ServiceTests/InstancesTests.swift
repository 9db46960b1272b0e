import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// Three processes on one PostgreSQL database: whoever comes by one is known to all.
@Suite struct InstancesTests {
    @Test func `who signs up through one confirms through another, and unsubscribes through a third`() async throws {
        let apps = try await TestApp.company(of: 3)
        try await apps[0].signUp("ann@example.org", name: "Ann")
        try await apps[1].deliverAllMail()
        let link = try #require(apps[1].relay.mails(to: "ann@example.org").last?.token(after: "/confirm/"))
        _ = try await apps[2].courant.subscriptions.confirm(try #require(Token(link)))
        try await apps[0].deliverAllMail()
        #expect(try await apps[1].courant.lists.all()[0].active == 1)
        let unsubscribe = try apps[0].unsubscribeLink("ann@example.org")
        try await apps[2].courant.subscriptions.unsubscribe(unsubscribe, everything: false)
        for app in apps { #expect(try await app.courant.lists.all()[0].active == 0) }
        #expect(apps.map(\.relay.mails.count) == [1, 1, 0])
    }

    @Test func `all send one campaign together, and everybody gets it once`() async throws {
        let apps = try await TestApp.company(of: 3)
        let addresses = (0..<2_000).map { "reader\($0)@example.org" }
        try await apps[0].put(addresses)
        let id = try await apps[0].launch().campaign.id
        for app in apps { app.relay.hold() }
        async let drained = withThrowingTaskGroup(of: Int.self) { group in
            for app in apps { group.addTask { try await app.deliverAllMail() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // Nobody has taken more than a window's, so there was something for each.
        for app in apps { try await app.until { app.relay.isHolding } }
        for app in apps { app.relay.release() }
        #expect(try await drained.reduce(0, +) == 2_000)
        #expect(apps.flatMap(\.relay.mails).map(\.recipient).sorted() == addresses.sorted())
        #expect(apps.allSatisfy { !$0.relay.mails.isEmpty })
        let standing = try await apps[2].courant.campaigns.show(id)
        #expect(standing.campaign.state == .sent && standing.progress.accepted == 2_000)
    }

    @Test func `nobody is mailed by one process after another has acknowledged that they left`() async throws {
        let apps = try await TestApp.company(of: 2)
        for name in ["ann", "bo", "cy"] { try await apps[0].subscribe("\(name)@example.org") }
        let link = try apps[0].unsubscribeLink("bo@example.org")
        apps[0].relay.hold()
        let id = try await apps[0].launch().campaign.id
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        try await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        apps[0].relay.release()
        _ = try await sending
        #expect(apps[0].relay.mails(to: "bo@example.org").count == 2)
        #expect(apps[0].relay.mails(to: "ann@example.org").count == 3)
        let progress = try await apps[1].courant.campaigns.show(id).progress
        #expect(progress.accepted == 2 && progress.withdrawn == 1 && progress.left == 0)
    }

    @Test func `what one process has claimed for an old address goes to the new one that another has confirmed`()
        async throws
    {
        let apps = try await TestApp.company(of: 2)
        try await apps[0].fill(1)
        let token = try await apps[0].beginMove(from: "reader0@example.org", to: "ann@new.example")
        apps[0].relay.hold()
        let id = try await apps[0].launch().campaign.id
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        _ = try await apps[1].courant.rights.confirmChange(token)
        apps[0].relay.release()
        _ = try await sending
        #expect(apps[0].issues.map(\.recipient) == ["ann@new.example"])
        let progress = try await apps[1].courant.campaigns.show(id).progress
        #expect(progress.accepted == 1 && progress.withdrawn == 0 && progress.left == 0)
    }

    @Test func `whom one process has found dead gets nothing of what another has claimed`() async throws {
        let apps = try await TestApp.company(of: 2)
        try await apps[0].fill(1)
        apps[0].relay.hold()
        let first = try await apps[0].launch().campaign.id
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        apps[1].relay.answer { _ in .refused(.dead) }
        try await apps[1].launch()
        try await apps[1].deliverAllMail()
        #expect(try await apps[0].held().held == 1)
        apps[0].relay.release()
        _ = try await sending
        #expect(apps[0].relay.mails.isEmpty)
        let progress = try await apps[1].courant.campaigns.show(first).progress
        #expect(progress.refused == 1 && progress.left == 0)
    }

    @Test func `a process that does not hear is waited for as long as it may send, and no longer`() async throws {
        let database = try await PostgresCluster.shared.database()
        let first = try await TestApp.start { $0.store = try database.address(as: "deaf") }
        let apps = [first, try await first.another { $0.store = try database.address }]
        let link = try await apps.fillTheFirst()
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        let connections = try await database.hang("deaf")
        defer { for pid in connections { kill(pid, SIGCONT) } }
        try await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        #expect(apps[0].courant.sendGuard.isClosed)
        apps[0].relay.release()
        for pid in connections { kill(pid, SIGCONT) }
        _ = try? await sending
        #expect(apps[0].relay.mails(to: "bo@example.org").count == 2)
    }

    @Test func `a process that was given up for dead sends nothing of what it had in hand`() async throws {
        let database = try await PostgresCluster.shared.database()
        let first = try await TestApp.start { $0.store = try database.address }
        let apps = [first, try await first.another()]
        let link = try await apps.fillTheFirst()
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        _ = try await database.psql(
            """
            BEGIN; DELETE FROM instance WHERE id IN (SELECT holder FROM delivery);
            UPDATE delivery SET state = 'deferred', next_at = 0, holder = 0; COMMIT
            """)
        try await apps[0].until { apps[0].courant.sendGuard.isClosed }
        try await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        // It has its place again by now, and its hands full.
        try await apps[0].until { try await database.psql("SELECT COUNT(*) FROM instance") == "2" }
        apps[0].relay.release()
        _ = try await sending
        // On a busy machine it may lose its place once more, and has to wait again.
        try await apps[0].until {
            try await apps[0].deliverAllMail()
            return apps[0].relay.mails(to: "ann@example.org").count >= 3
        }
        #expect(apps[0].relay.mails(to: "bo@example.org").count == 2)
        #expect(apps[0].relay.mails(to: "ann@example.org").count == 3)
    }

    @Test func `a process whose notifications are swallowed sends nothing to whom another has acknowledged`()
        async throws
    {
        let database = try await PostgresCluster.shared.database()
        let sieve = try PostgresSieve(to: try await database.port)
        defer { sieve.stop() }
        let first = try await TestApp.start { $0.store = try database.address(through: sieve) }
        let apps = [first, try await first.another { $0.store = try database.address }]
        let link = try await apps.fillTheFirst()
        async let sending = apps[0].deliverAllMail()
        try await apps[0].until { apps[0].relay.isHolding }
        sieve.swallowNotifications()
        try await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        #expect(apps[0].courant.sendGuard.isClosed)
        apps[0].relay.release()
        // What it had claimed is the other's, which sends it.
        try await apps[1].until {
            _ = try await apps[1].deliverAllMail()
            return !apps[1].relay.mails(to: "ann@example.org").isEmpty
        }
        _ = try await sending
        #expect(apps.flatMap { $0.relay.mails(to: "bo@example.org") }.count == 2)
        #expect(apps.flatMap { $0.relay.mails(to: "ann@example.org") }.count == 3)
    }

    @Test func `a process that would hear nothing does not serve, and says that a pooler is in the way`() async throws {
        let database = try await PostgresCluster.shared.database()
        let sieve = try PostgresSieve(to: try await database.port)
        defer { sieve.stop() }
        sieve.swallowNotifications()
        await #expect {
            _ = try await TestApp.start { $0.store = try database.address(through: sieve) }
        } throws: { "\($0)".contains("pool_mode = session") }
        #expect(try await database.psql("SELECT COUNT(*) FROM instance") == "0")
    }

    @Test func `a schema that another role has put before ours changes nothing`() async throws {
        let database = try await PostgresCluster.shared.database()
        let app = try await TestApp.start { $0.store = try database.address }
        let token = try await app.courant.staff.add("Eva", role: .admin).token
        try await database.psql("CREATE ROLE \(database.name)_other")
        try await database.psql("CREATE SCHEMA courant AUTHORIZATION \(database.name)_other")
        for table in ["staff", "installation", "subscription"] {
            try await database.psql("CREATE TABLE courant.\(table) (LIKE public.\(table) INCLUDING ALL)")
            try await database.psql("ALTER TABLE courant.\(table) OWNER TO \(database.name)_other")
            try await database.psql("GRANT ALL ON courant.\(table) TO courant")
        }
        try await database.psql("GRANT USAGE ON SCHEMA courant TO courant")
        try await database.psql(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '\(database.name)' AND usename = 'courant'
            """)
        try await app.until { (try? await app.courant.staff.signIn(token)) != nil }
        let next = try await app.another()
        #expect(try await next.courant.staff.all().map(\.member.name) == ["Eva"])
        for app in [app, next] { try await app.seated(among: 2) }
        try await app.subscribe("ann@example.org")
        #expect(try await database.psql("SELECT COUNT(*) FROM courant.subscription") == "0")
    }

    @Test func `what is allowed is shared out, and whoever stays has it all again`() async throws {
        let apps = try await TestApp.company(of: 3)
        #expect(Set(apps.map { $0.courant.store.share.index }) == [0, 1, 2])
        try apps[1].courant.store.close()
        for app in [apps[0], apps[2]] { try await app.seated(among: 2) }
        try apps[2].courant.store.close()
        try await apps[0].seated(among: 1)
        #expect(apps[0].courant.store.share == .whole)
    }

    @Test func `a campaign that is paused through one comes back from all`() async throws {
        let apps = try await TestApp.company(of: 2)
        try await apps[0].put((0..<10).map { "reader\($0)@example.org" })
        apps[0].relay.hold()
        let id = try await apps[0].launch().campaign.id
        let service = Task { try await apps[0].courant.dispatcher.run() }
        try await apps[0].until { apps[0].relay.isHolding }
        _ = try await apps[1].courant.campaigns.pause(id, by: .host)
        try await apps[0].until { apps[0].relay.isRecalled(id) }
        apps[0].relay.release()
        try await apps[1].until { try await apps[1].courant.campaigns.show(id).progress.left == 10 }
        #expect(apps[0].relay.mails.isEmpty)
        service.cancel()
        try await service.value
    }

    @Test func `schedules, terms and notices fall due once`() async throws {
        let apps = try await TestApp.company(of: 3)
        try await apps[0].signUp("never@example.org")
        try await apps[0].deliverAllMail()
        try await apps[0].subscribe("ann@example.org")
        try await apps[1].launch(at: apps[0].clock.wall.now() + .seconds(600))
        apps[0].clock.advance(.seconds(8 * 86_400))
        async let sweeps = withThrowingTaskGroup(of: Sweep.self) { group in
            for app in apps { group.addTask { try await app.courant.retention.sweep() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try await sweeps.map(\.expired).reduce(0, +) == 1)
        try await withThrowingTaskGroup { group in
            for app in apps { group.addTask { _ = try await app.deliverAllMail() } }
            try await group.waitForAll()
        }
        #expect(
            apps.flatMap { $0.relay.mails(to: "ann@example.org") }.count { $0.text.contains("Sensors in spring") } == 1)
    }

    @Test func `an erasure through one stands in every ledger`() async throws {
        let apps = try await TestApp.company(of: 3)
        try await apps[0].subscribe("ann@example.org")
        let link = try apps[0].unsubscribeLink("ann@example.org")
        try await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        let id = link.subscription
        for app in apps {
            try await app.until {
                try String(contentsOfFile: app.courant.settings.ledger, encoding: .utf8).contains(id.hex)
            }
        }
    }

    // MARK: Opening

    @Test func `whoever comes first makes the tables, and all are served`() async throws {
        let database = try await PostgresCluster.shared.database()
        let keys = Keyring.random()
        let places = try (0..<4).map { _ in try URL.temporary().appending(path: "courant.erasures").path }
        let stores = try await withThrowingTaskGroup(of: (any ServedStore).self) { group in
            for place in places {
                group.addTask {
                    try database.address.open(keys, StoreOpeningTerms(ledger: place), logger: StoreTests.logger)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let steps = try await database.psql("SELECT name FROM migration ORDER BY name").split(separator: "\n")
        #expect(Set(steps).count == steps.count && !steps.isEmpty)
        for store in stores { try store.close() }
    }
}

extension [TestApp] {
    /// All are seated, and a campaign to Ann and Bo is to go to the first one's relay, which holds it. Returns Bo's link.
    fileprivate func fillTheFirst() async throws -> UnsubscribeLink {
        for app in self { try await app.seated(among: count) }
        for name in ["ann", "bo"] { try await self[0].subscribe("\(name)@example.org") }
        let link = try self[0].unsubscribeLink("bo@example.org")
        self[0].relay.hold()
        try await self[0].launch()
        return link
    }
}

extension TestApp {
    fileprivate func put(_ addresses: [String]) async throws {
        try await withThrowingTaskGroup { group in
            for address in addresses { group.addTask { try await self.put(address) } }
            try await group.waitForAll()
        }
    }
}

extension PostgresDatabase {
    /// Of one process, every connection hangs: none of them in the middle of a change, for then all would wait for it.
    fileprivate func hang(_ application: String) async throws -> [pid_t] {
        while true {
            let pids = try await psql("SELECT pid FROM pg_stat_activity WHERE application_name = '\(application)'")
                .split(separator: "\n").compactMap { pid_t($0) }
            for pid in pids { kill(pid, SIGSTOP) }
            let among = pids.map(String.init).joined(separator: ",")
            let locks = try await psql(
                "SELECT COUNT(*) FROM pg_locks WHERE pid IN (\(among)) AND locktype = 'transactionid'")
            if locks == "0" { return pids }
            for pid in pids { kill(pid, SIGCONT) }
        }
    }
}
