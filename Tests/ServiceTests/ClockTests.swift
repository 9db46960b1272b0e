import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore
import Testing
import Wiring

/// A machine whose clock is wrong, from the first minute on: nobody goes because of it, and a person can say that it is right.
@Suite struct ClockTests {
    private static let year = RetentionRules(terms: [.subscriber: 365])

    /// Ann is on the list, Bo has not confirmed; the records know the time.
    private static func start() async throws -> TestApp {
        let app = try await TestApp.start()
        try await app.keep(year)
        try await app.subscribe("ann@example.org")
        try await app.signUp("bo@example.org")
        _ = try await app.courant.retention.sweep()
        return app
    }

    /// Another process, on a machine whose clock shows so many days more or less.
    private static func restart(_ app: TestApp, days: Double, stopped: Duration = .seconds(60)) async throws -> TestApp
    {
        app.clock.advance(stopped)
        app.clock.set(app.clock.wall.now() + .seconds(days * 86_400))
        return try await app.restart()
    }

    private static func expectNobodyGoes(_ app: TestApp, sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        await #expect(sourceLocation: sourceLocation) { _ = try await app.courant.retention.sweep() } throws: { error in
            guard case Refusal.clockInDoubt = error else { return false }
            return true
        }
        for name in ["ann", "bo"] {
            #expect(try await app.isThere("\(name)@example.org"), sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [2, 130, 599] as [Int])
    func `a clock that jumps soon after the start ends nobody, now or after ten minutes`(_ second: Int) async throws {
        let app = try await Self.start()
        app.clock.advance(.seconds(second))
        app.clock.set(app.clock.wall.now() + .seconds(800 * 86_400))
        for _ in 1...30 {
            #expect(try await app.courant.retention.sweep().erased == 0)
            app.clock.advance(.seconds(60))
        }
        for name in ["ann", "bo"] { #expect(try await app.isThere("\(name)@example.org")) }
    }

    @Test(arguments: [-800.0, 800, 0.2])
    func `who signs up while the clock is wrong is mailed and confirms all the same`(
        _ days: Double
    ) async throws {
        let app = try await Self.start()
        app.clock.set(app.clock.wall.now() + .seconds(days * 86_400))
        try await app.signUp("cy@example.org")
        try await app.deliverAllMail()
        let link = try #require(app.relay.mails(to: "cy@example.org").last?.token(after: "/confirm/"))
        app.clock.set(app.clock.wall.now() - .seconds(days * 86_400))
        guard case .confirmed = try await app.courant.subscriptions.confirm(try #require(Token(link))) else {
            Issue.record("the link had ended")
            return
        }
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "cy@example.org").count == 2)
    }

    @Test func `what was put off under a clock that was years ahead is not put off for years`() async throws {
        let ahead = try await Self.restart(Self.start(), days: 800)
        ahead.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        try await ahead.signUp("cy@example.org")
        try await ahead.put("di@example.org")
        try await ahead.launch()
        try await ahead.deliverAllMail()
        ahead.clock.set(ahead.clock.wall.now() - .seconds(800 * 86_400))
        let app = try await ahead.restart()
        _ = try await app.courant.retention.sweep()
        try await app.courant.dispatcher.bringForward()
        try await app.deliverAllMail()
        for name in ["cy", "di"] { #expect(app.relay.mails(to: "\(name)@example.org").count == 1, "\(name)") }
    }

    @Test
    func `whoever is there when a campaign begins gets it, and whoever comes later does not, whatever clocks say`()
        async throws
    {
        let first = try await Self.start()
        try await first.deliverAllMail()
        let link = try #require(first.relay.mails(to: "bo@example.org").last?.token(after: "/confirm/"))
        let ahead = try await Self.restart(first, days: 800)
        try await ahead.subscribe("cy@example.org")
        ahead.clock.set(ahead.clock.wall.now() - .seconds(800 * 86_400))
        let right = try await ahead.restart()
        right.clock.advance(.seconds(30))
        let id = try await right.launch().campaign.id
        _ = try await right.courant.campaigns.pause(id, by: .host)
        let behind = try await Self.restart(right, days: -800)
        _ = try await behind.courant.subscriptions.confirm(try #require(Token(link)))
        _ = try await behind.courant.campaigns.resume(id, by: .host)
        try await behind.deliverAllMail()
        let progress = try await behind.courant.campaigns.show(id).progress
        #expect(progress.recipients == 2 && progress.accepted == 2 && progress.withdrawn == 0, "\(progress)")
        let issues = behind.relay.mails.filter { $0.header("Subject") == "Sensors in spring" }.map(\.recipient)
        #expect(issues.sorted() == ["ann@example.org", "cy@example.org"])
    }

    @Test(arguments: [800.0, 4_000, -20_000, -3]) func `a machine that boots years from now, or before, ends nobody`(
        _ days: Double
    ) async throws {
        let app = try await Self.restart(Self.start(), days: days)
        try await Self.expectNobodyGoes(app)
        app.clock.advance(.seconds(3_600))
        try await Self.expectNobodyGoes(app)
        // A time server puts it right.
        app.clock.set(app.clock.wall.now() - .seconds(days * 86_400))
        #expect(try await app.courant.retention.sweep() == Sweep())
        app.passDays(365)
        let sweep = try await app.courant.retention.sweep()
        #expect(sweep.ended == 1 && sweep.expired == 1)
    }

    @Test func `a short stop keeps nothing waiting, a long one ten minutes, one of years a day`() async throws {
        var app = try await Self.start()
        app = try await Self.restart(app, days: 0)
        #expect(try await app.courant.retention.sweep().clock == .right)
        app = try await Self.restart(app, days: 0, stopped: .seconds(2 * 86_400))
        try await Self.expectNobodyGoes(app)
        app.clock.advance(.seconds(601))
        #expect(try await app.courant.retention.sweep().clock == .right)
        app = try await Self.restart(app, days: 0, stopped: .seconds(364 * 86_400))
        app.clock.advance(.seconds(86_399))
        try await Self.expectNobodyGoes(app)
        app.clock.advance(.seconds(2))
        #expect(try await app.courant.retention.sweep().ended == 1)
    }

    @Test func `what a clock has stood survives a crash loop, which neither begins it anew nor ends it`() async throws {
        var app = try await Self.restart(Self.start(), days: 800)
        for _ in 1..<24 {
            app.clock.advance(.seconds(3_500))
            try await Self.expectNobodyGoes(app)
            app = try await Self.restart(app, days: 0, stopped: .seconds(90))
        }
        try await Self.expectNobodyGoes(app)
        app.clock.advance(.seconds(3_900))
        // A day has gone by on that clock.
        #expect(try await app.courant.retention.sweep().ended == 1)
    }

    @Test func `a clock that jumps while it has to stand has to stand anew`() async throws {
        let app = try await Self.restart(Self.start(), days: 800)
        app.clock.advance(.seconds(86_000))
        app.clock.set(app.clock.wall.now() + .seconds(3_600))
        app.clock.advance(.seconds(3_600))
        try await Self.expectNobodyGoes(app)
    }

    @Test func `who signs up while the clock is behind is not older for it once it is right`() async throws {
        let app = try await Self.restart(Self.start(), days: -20_000)
        try await app.subscribe("cy@example.org")
        app.clock.advance(.seconds(600))
        app.clock.set(app.clock.wall.now() + .seconds(20_000 * 86_400))
        #expect(try await app.courant.retention.sweep() == Sweep())
        app.passDays(364)
        _ = try await app.courant.retention.sweep()
        #expect(try await app.isThere("cy@example.org"))
    }

    @Test func `records of an earlier version are compared by the newest time in them`() async throws {
        let app = try await Self.start()
        app.passDays(1)
        _ = try await app.courant.staff.add("Eva", role: .admin, by: .host)
        let newest = try await app.courant.store.read { try $0.newestTime() }
        #expect(newest == app.clock.wall.now())
    }

    @Test func `a campaign that is scheduled waits for a clock that is right`() async throws {
        var app = try await Self.start()
        try await app.deliverAllMail()
        try await app.launch(at: app.clock.wall.now() + .seconds(30 * 86_400))
        app = try await Self.restart(app, days: 800)
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        app.clock.set(app.clock.wall.now() - .seconds(770 * 86_400))
        try await Self.expectNobodyGoes(app)
        app.clock.advance(.seconds(86_401))
        _ = try await app.courant.retention.sweep()
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 1)
    }

    @Test func `a person on the host can say that it is right, which is audited`() async throws {
        let app = try await Self.restart(Self.start(), days: 800)
        try await Self.expectNobodyGoes(app)
        #expect(
            try await SteadyClock.standing(in: app.courant.store, at: app.clock.wall).words?.contains("800 days")
                == true)
        try await SteadyClock.confirm(app.clock.wall, in: app.courant.store, keyring: app.courant.keyring, by: .host)
        #expect(try await app.courant.retention.sweep().ended == 1)
        #expect(try await app.audited(.releaseRetention).map(\.result) == ["clock"])
    }

    @Test(.ofTheFile) func `a wrong clock's erasures let the ledger forget nothing`() async throws {
        var app = try await Self.start()
        for name in ["cy", "di"] { try await app.subscribe("\(name)@example.org") }
        let links = try ["ann", "cy", "di"].map { try app.unsubscribeLink("\($0)@example.org") }
        try await app.courant.subscriptions.unsubscribe(links[0], everything: false)
        #expect(await app.courant.store.scrub())
        app = try await Self.restart(app, days: 4_000)
        for link in links.dropFirst() {
            try await app.courant.subscriptions.unsubscribe(link, everything: false)
            #expect(await app.courant.store.scrub())
        }
        let ledger = try String(contentsOfFile: app.courant.settings.ledger, encoding: .utf8)
        for link in links { #expect(ledger.contains(link.subscription.hex)) }
    }
}

/// What would end many of a list at once waits for a person.
@Suite struct HeldSweepTests {
    private static func full(_ count: Int, days: Int) async throws -> TestApp {
        let app = try await TestApp.start()
        try await app.keep(RetentionRules(terms: [.subscriber: 365]))
        try await app.fill(count)
        app.passDays(days)
        return app
    }

    @Test func `a rule that ends many at once is held, shown, and carried out when a person says the number`()
        async throws
    {
        let app = try await Self.full(120, days: 366)
        let retention = app.courant.retention
        let held = HeldSweep(list: try #require(Slug("news")), due: 120, population: 120)
        for _ in 1...2 {
            let sweep = try await retention.sweep()
            #expect(sweep.held == [held] && sweep.erased == 0)
        }
        #expect(try await retention.held() == [held])
        #expect(try await app.active() == 120)
        #expect(try await retention.rehearse().held == [held])
        await #expect(throws: Refusal.sweepChanged(list: "news", expected: 119, actual: 120)) {
            try await retention.release(held.list, expecting: 119, by: .staff("Eva"))
        }
        _ = try await retention.release(held.list, expecting: 120, by: .staff("Eva"))
        #expect(try await retention.held().isEmpty)
        let sweep = try await retention.sweep()
        #expect(sweep.ended == 120 && sweep.held.isEmpty)
        #expect(try await app.audited(.releaseRetention).map(\.result) == ["due=120"])
        // One word is for one sweep.
        _ = try await retention.sweep()
        #expect(try await app.courant.store.read { try $0.heldSweeps() }.isEmpty)
    }

    @Test(arguments: [Retention.floor, Retention.floor + 1])
    func `a few of a small list go without a word`(_ count: Int) async throws {
        let app = try await Self.full(count, days: 366)
        #expect(try await app.courant.retention.sweep().ended == (count > Retention.floor ? 0 : count))
    }

    @Test func `a small share of a large list goes without a word`() async throws {
        let app = try await Self.full(60, days: 200)
        try await app.fill(1_300, domain: "example.com")
        app.passDays(166)
        #expect(try await app.courant.retention.sweep().ended == 60)
        #expect(try await app.active() == 1_300)
    }

    @Test func `unconfirmed sign-ups and a closed list need no word, however many they are`() async throws {
        let app = try await Self.full(200, days: 1)
        for number in 0..<60 { try await app.put("pending\(number)@example.org", state: .pending) }
        app.passDays(4)
        #expect(try await app.courant.retention.sweep().expired == 60)
        _ = try await app.courant.lists.close(#require(Slug("news")), expectErased: 200, by: .host)
        app.passDays(31)
        #expect(try await app.courant.retention.sweep().closed == 200)
    }

    @Test func `what is held is forgotten when the rule is mended`() async throws {
        let app = try await Self.full(120, days: 100)
        try await app.keep(RetentionRules(terms: [.subscriber: 10]))
        #expect(try await app.courant.retention.sweep().held.count == 1)
        try await app.keep(RetentionRules(terms: [.subscriber: 1_000]))
        #expect(try await app.courant.retention.sweep() == Sweep())
        #expect(try await app.courant.store.read { try $0.heldSweeps() }.isEmpty)
    }
}
