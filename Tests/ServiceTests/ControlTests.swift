import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct ControlTests {
    @Test func `what waits at the relay comes back when the campaign is paused`() async throws {
        let app = try await TestApp.start()
        try await app.fill(50)
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.until {
            try await app.courant.store.read { try $0.campaign(id)?.tally.recipients } == 50 && app.relay.isHolding
        }
        _ = try await app.courant.campaigns.pause(id)
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.isEmpty)
        #expect(try await app.courant.campaigns.show(id).progress.left == 50)

        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        #expect(Set(app.relay.mails.map(\.recipient)).count == 50)
        #expect(try await app.courant.campaigns.show(id).campaign.state == .sent)
    }

    @Test func `what comes back after a cancelling is forgotten`() async throws {
        let app = try await TestApp.start()
        try await app.fill(5)
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.until { app.relay.isHolding }
        _ = try await app.courant.campaigns.cancel(id)
        app.relay.release()
        _ = try await delivering
        let standing = try await app.courant.campaigns.show(id)
        #expect(app.relay.mails.isEmpty && standing.progress.left == 5 && standing.progress.deferred == 0)
    }

    @Test func `a domain gets no more a second than its limit, and others do not wait for it`() async throws {
        let app = try await TestApp.start { $0.domainRate = 10 }
        try await app.fill(95, domain: "big.example")
        try await app.fill(5, domain: "small.example")
        let id = try await app.launch().campaign.id
        var perSecond: [Int] = []
        while try await app.courant.campaigns.show(id).campaign.state == .sending {
            let before = app.relay.mails.count { $0.recipient.hasSuffix("@big.example") }
            try await app.deliverAllMail()
            perSecond.append(app.relay.mails.count { $0.recipient.hasSuffix("@big.example") } - before)
            if perSecond.count == 1 { #expect(app.relay.mails.count { $0.recipient.hasSuffix("@small.example") } == 5) }
            app.clock.advance(.seconds(1))
            #expect(perSecond.count < 20)
        }
        #expect(perSecond.allSatisfy { $0 <= 10 } && perSecond.reduce(0, +) == 95)
        #expect(perSecond.count <= 12)
    }

    @Test func `an unreachable relay is named in plain words, and stops the campaign after a quarter of an hour`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.fill(3)
        app.relay.answer { _ in .unsent(.unreachable("connection refused")) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        var standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .sending)
        #expect(standing.campaign.reason?.contains("relay.url") == true)
        for _ in 1...20 {
            app.clock.advance(.seconds(61))
            try await app.deliverAllMail()
        }
        standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused)
        #expect(standing.campaign.reason?.hasPrefix("No relay for 1") == true)
        #expect(standing.progress.deferred + standing.progress.left == 3)

        app.relay.answer { _ in .accepted }
        app.clock.advance(.seconds(61))
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 3)
    }

    @Test func `a relay that comes back clears the reason`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        app.relay.answer { mail in mail.ticket % 2 == 0 ? .accepted : .unsent(.lost("gone")) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        app.relay.answer { _ in .accepted }
        app.clock.advance(.seconds(2))
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.reason == nil && standing.campaign.state == .sent)
    }

    @Test func `a time of day that is set back does not stop the sending`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        app.relay.answer { _ in .unsent(.lost("gone")) }
        try await app.launch()
        try await app.deliverAllMail()
        app.relay.answer { _ in .accepted }
        app.clock.advance(.seconds(2))
        app.clock.set(app.clock.wall.now() - .seconds(1))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 3)
    }

    @Test func `the refused and the in doubt are listed by opaque id`() async throws {
        let app = try await TestApp.start()
        try await app.fill(4)
        app.relay.answer { mail in
            switch mail.recipient.localPart {
            case "reader0": .inDoubt
            case "reader1": .refused(SMTPReply(code: 554, enhanced: nil, text: "", to: .recipient))
            default: .accepted
            }
        }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let troubled = try await app.courant.campaigns.troubled(id)
        #expect(troubled.map(\.state) == [.inDoubt, .refused])
        #expect(troubled.map(\.status) == [nil, "554"])
    }

    @Test func `an address that needs SMTPUTF8 is refused by status where the relay has none`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        app.relay.answer { _ in .unsent(.addressNeedsUTF8) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).refusals.map(\.status) == ["5.6.7"])
    }
}
