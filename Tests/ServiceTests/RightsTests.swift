import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// What people may ask of us, as verbs: by the link in their mailbox, or by staff.
@Suite struct RightsTests {
    // MARK: The link

    @Test func `the link shows everything of the address, in whatever state`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", name: "Ann")
        app.clock.advance(.seconds(700))
        try await app.signUp("ann@example.org", lists: ["events"])
        let held = try await app.courant.rights.held(app.privacyLink("ANN@example.org".lowercased()))
        #expect(held.subscriptions.map(\.subscription.state) == [.active, .pending])
        #expect(held.subscriptions.first?.person.name?.text == "Ann")
        #expect(held.subscriptions.first?.links.contains { $0.purpose == .privacy } == true)
    }

    @Test func `an unknown address gets no mail, and is counted without a row in the register`() async throws {
        let app = try await TestApp.start()
        for number in 1...3 {
            try await app.courant.rights.requestLink(EmailAddress("nobody\(number)@example.org"), language: .english)
        }
        #expect(try await app.deliverAllMail() == 0)
        #expect(try await app.courant.rights.requests() == [])
        #expect(try await app.courant.rights.counted() == [.nothingHeld: 3])
        app.clock.advance(.days(RightsRequest.countedDays + 2))
        #expect(try await app.courant.rights.counted() == [:])
    }

    @Test func `a flood for a known address makes one row, and what came too soon is counted`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.clock.advance(.seconds(1))
        for _ in 1...4 { try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english) }
        #expect(try await app.courant.rights.requests().map(\.outcome) == [.linkSent])
        #expect(try await app.courant.rights.counted() == [.limited: 3])
    }

    @Test func `of whom a fingerprint alone is left gets a mail that says so, once a day`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org", everything: true)
        for _ in 1...3 {
            try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english)
            try await app.deliverAllMail()
        }
        #expect(app.relay.mails(to: "ann@example.org").count == 3)
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(mail.text.contains("keyed fingerprint") && mail.token(after: "/privacy/") == nil)
        #expect(mail.header("List-Unsubscribe") == nil && mail.header("Auto-Submitted") == "auto-generated")
    }

    @Test func `a second link waits until the first was had for a while`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.clock.advance(.seconds(1))
        for _ in 1...4 { try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english) }
        #expect(try await app.deliverAllMail() == 1)
    }

    @Test func `the link works for an hour, and for nothing else`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let confirm = try #require(app.relay.mails[0].token(after: "/confirm/").flatMap { Token($0) })
        let rights = app.courant.rights
        await #expect(throws: Refusal.linkExpired) { try await rights.held(confirm) }
        await #expect(throws: Refusal.linkExpired) { try await rights.held(.random()) }
        let link = try await app.privacyLink("ann@example.org")
        #expect(try await app.courant.subscriptions.confirm(link) == .gone)
        #expect(try await rights.changeable(link) == nil)
        app.clock.advance(.seconds(3599))
        #expect(try await !rights.held(link).isEmpty)
        app.clock.advance(.seconds(1))
        await #expect(throws: Refusal.linkExpired) { try await rights.held(link) }
        await #expect(throws: Refusal.linkExpired) { try await rights.erase(.link(link)) }
        #expect(try await app.courant.lists.all()[0].active == 1)
    }

    /// Greylisted three times, and swept over meanwhile.
    @Test func `the link's hour begins when the relay has the mail`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.clock.advance(.seconds(700))
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english)
        for delay in [.zero] + RetrySchedule.delays.prefix(2) { try await app.pass(delay) }
        app.relay.answer { _ in .accepted }
        try await app.pass(RetrySchedule.delays[2])
        let link = try #require(
            app.relay.mails(to: "ann@example.org").last?.token(after: "/privacy/").flatMap { Token($0) })
        app.clock.advance(.seconds(3599))
        #expect(try await !app.courant.rights.held(link).isEmpty)
        app.clock.advance(.seconds(1))
        await #expect(throws: Refusal.linkExpired) { try await app.courant.rights.held(link) }
        _ = try await app.courant.subscriptions.expire()
        #expect(
            try await app.find("ann@example.org").subscriptions.first?.links.contains { $0.purpose == .privacy }
                == false)
    }

    @Test func `a relay that is away for two days costs no link its hour`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.clock.advance(.seconds(700))
        app.relay.answer { _ in .unsent(.unreachable("away")) }
        try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english)
        for _ in 1...48 { try await app.pass(.seconds(3600)) }
        app.relay.answer { _ in .accepted }
        try await app.pass(.seconds(3600))
        let link = try #require(
            app.relay.mails(to: "ann@example.org").last?.token(after: "/privacy/").flatMap { Token($0) })
        #expect(try await !app.courant.rights.held(link).isEmpty)
    }

    @Test func `a sign-up and a change of address have as long as their mails say, whenever those come`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        try await app.signUp("bo@example.org")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("new@example.org"))
        for delay in [.zero] + RetrySchedule.delays.dropLast() { try await app.pass(delay) }
        app.relay.answer { _ in .accepted }
        try await app.pass(RetrySchedule.delays.last ?? .zero)
        for _ in 1...71 { try await app.pass(.seconds(3600)) }
        let confirm = try #require(
            app.relay.mails(to: "bo@example.org").last?.token(after: "/confirm/").flatMap { Token($0) })
        guard case .confirmed = try await app.courant.subscriptions.confirm(confirm) else {
            Issue.record("the link came too late")
            return
        }
        let change = try #require(
            app.relay.mails(to: "new@example.org").last?.token(after: "/address/").flatMap { Token($0) })
        #expect(try await app.courant.rights.changeable(change)?.count == 1)
        for _ in 1...2 { try await app.pass(.seconds(3600)) }
        #expect(try await app.courant.rights.changeable(change) == nil)
    }

    // MARK: Restricting

    @Test func `restricted is kept and not written to, and the person is told when that ends`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bo@example.org")
        let link = try await app.privacyLink("ann@example.org")
        #expect(try await app.courant.rights.restrict(.link(link)) == 1)
        #expect(try await app.courant.rights.restrict(.link(link)) == 0)
        try await app.launch()
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 3)
        #expect(try await app.courant.rights.unrestrict(.link(link)) == 1)
        try await app.deliverAllMail()
        let told = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(told.text.contains("That restriction is lifted") && told.text.contains("Example News"))
        try await app.launch()
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 5)
    }

    @Test func `who is restricted while a campaign waits gets nothing more, and everyone is accounted for`()
        async throws
    {
        let app = try await TestApp.start()
        for name in ["ann", "bo", "cy"] { try await app.subscribe("\(name)@example.org") }
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.untilStarted(id)
        try await app.courant.rights.restrict(app.staff(for: "bo@example.org"))
        app.relay.release()
        _ = try await delivering
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 2 && progress.withdrawn == 1 && progress.left == 0)
        #expect(app.relay.mails(to: "bo@example.org").count == 2)
    }

    @Test func `an unconfirmed sign-up goes back to being one`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org")
        let who = try app.staff(for: "ann@example.org")
        try await app.courant.rights.restrict(who)
        app.clock.advance(.seconds(100 * 3600))
        #expect(try await app.courant.subscriptions.expire() == 0)
        try await app.courant.rights.unrestrict(who)
        #expect(try await app.find("ann@example.org").subscriptions.map(\.subscription.state) == [.pending])
    }

    // MARK: Going

    @Test func `erasing takes every subscription and the link with it`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        let link = try await app.privacyLink("ann@example.org")
        #expect(try await app.courant.rights.erase(.link(link)) == 2)
        await #expect(throws: Refusal.linkExpired) { try await app.courant.rights.held(link) }
        #expect(try await app.find("ann@example.org").isEmpty)
        try await app.subscribe("ann@example.org")
        #expect(try await app.courant.lists.all()[0].active == 1)
    }

    @Test func `an objection is for ever and for every list, until staff lift it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        #expect(try await app.courant.rights.object(.link(app.privacyLink("ann@example.org"))) == 1)
        #expect(try await app.find("ann@example.org").fingerprints.map(\.list) == [nil])
        try await app.signUp("ann@example.org")
        #expect(try await app.deliverAllMail() == 0)
        #expect(try await app.courant.rights.forgive(EmailAddress("ann@example.org"), by: .staff("Pia")))
        try await app.subscribe("ann@example.org")
    }

    @Test func `staff note the objection of somebody of whom nothing is held, and erase only what is there`()
        async throws
    {
        let app = try await TestApp.start()
        let who = try app.staff(for: "ann@example.org")
        await #expect(throws: Refusal.notFound(.subscriber)) { try await app.courant.rights.erase(who) }
        #expect(try await app.courant.rights.object(who) == 0)
        try await app.signUp("ann@example.org")
        #expect(try await app.deliverAllMail() == 0)
    }

    @Test func `a list that imports people remembers those who had themselves erased`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", title: "Partners", basis: .legitimateInterest)
        try await app.subscribe("ann@example.org")
        try await app.bringIn("email\nann@example.org\n", onto: "partners", basis: .legitimateInterest)
        try await app.courant.rights.erase(app.staff(for: "ann@example.org"))
        #expect(try await app.find("ann@example.org").fingerprints.map(\.list?.text) == ["partners"])
    }
}

extension TestApp {
    /// Time goes by, what is due is tried, and what has run out is swept away.
    fileprivate func pass(_ time: Duration) async throws {
        clock.advance(time)
        try await deliverAllMail()
        _ = try await courant.subscriptions.expire()
    }
}
