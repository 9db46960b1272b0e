import CourantTesting
import DKIM
import Foundation
import Mail
import Newsletter
import Reports
import SQLStore
import Testing
import Wiring

/// What follows from what comes back, and that nothing follows from what bears no tag of ours.
@Suite struct InboxTests {
    static let day = Duration.seconds(86_400)

    @Test func `a bounce that says dead holds, and what is held is erased after a day`() async throws {
        let app = try await TestApp.receiving(30)
        try await app.bounce("postfix-unknown-user", of: "reader7@d7.example")
        #expect(try await app.held().held == 1)
        #expect(
            try await app.courant.campaigns.show(1).returned == [
                ReturnedCount(class: "dead", status: "5.1.1", count: 1)
            ])
        #expect(try await app.sweepHeld(after: Self.day - .seconds(60)).erased == 0)
        #expect(try await app.sweepHeld(after: .seconds(61)).erased == 1)
        #expect(try await app.everybody() == 29)
        let progress = try await app.courant.campaigns.show(1).progress
        #expect(progress.accepted == 30 && progress.left == 0 && progress.withdrawn == 0)
    }

    @Test func `dead are all of a list of twenty: that is more likely the relay, and erases nobody`() async throws {
        let app = try await TestApp.receiving(20)
        for number in 0..<20 { try await app.bounce("postfix-unknown-user", of: "reader\(number)@d\(number).example") }
        #expect(try await app.held().brake.isOn)
        try await app.sweepHeld(after: .seconds(25 * 3600))
        #expect(try await app.everybody() == 20)
    }

    @Test func `a bounce counts once for a campaign, however often it comes`() async throws {
        let app = try await TestApp.receiving(30)
        for _ in 0..<100 { try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example") }
        #expect(try await app.strikes("reader1@d1.example")?.count == 1)
        #expect(
            try await app.courant.campaigns.show(1).returned == [
                ReturnedCount(class: "strike", status: "5.0.0", count: 1)
            ])
    }

    @Test func `two strikes in a row hold, where days are between them`() async throws {
        let app = try await TestApp.receiving(30)
        try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example")
        app.clock.advance(Self.day)
        try await app.nextCampaign()
        try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example")
        #expect(try await app.held().held == 0, "a day is too little")
        app.clock.advance(Self.day * 3)
        try await app.nextCampaign()
        try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example")
        #expect(try await app.held().held == 1)
    }

    @Test func `a campaign that arrived between them begins the count anew`() async throws {
        let app = try await TestApp.receiving(30)
        try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example")
        app.clock.advance(Self.day * 4)
        try await app.nextCampaign()
        app.clock.advance(Self.day * 8)
        try await app.nextCampaign()
        try await app.bounce("docomo-unknown-without-code", of: "reader1@d1.example")
        #expect(try await app.held().held == 0)
        #expect(try await app.strikes("reader1@d1.example")?.count == 1)
    }

    @Test(arguments: [("full-says-5-1-1", 5, 16), ("postfix-expired", 5, 8), ("gmail-inactive", 3, 16)])
    func `a full, an unreachable and a disabled mailbox are given their time`(
        _ sample: String, _ most: Int, _ days: Int
    ) async throws {
        let app = try await TestApp.receiving(30)
        for count in 1...most {
            #expect(try await app.held().held == 0)
            if count > 1 {
                app.clock.advance(Self.day * days)
                try await app.nextCampaign()
            }
            try await app.bounce(sample, of: "reader1@d1.example")
        }
        #expect(try await app.held().held == 1)
    }

    @Test func `who is written to at a forwarder's other address is not dead`() async throws {
        let app = try await TestApp.receiving(30)
        try await app.bounce("postfix-unknown-user", of: "reader1@d1.example", writtenAs: "other@elsewhere.example")
        #expect(try await app.held().held == 0)
        #expect(try await app.strikes("reader1@d1.example")?.kind == .strike)
    }

    // MARK: Forgery

    @Test func `without a tag of ours nothing follows`() async throws {
        let app = try await TestApp.receiving(30)
        let id = try #require(try await app.find("reader1@d1.example").subscriptions.first).subscription.id
        let tags = [
            BounceTag(id, campaign: 1, keyring: .random()).text, "TAG", "",
            BounceTag(id, campaign: 1, for: .leave, keyring: app.courant.keyring).text,
        ]
        for tag in tags {
            for sample in ["postfix-unknown-user", "arf-yahoo", "qmail", "leave"] {
                let mail = try app.sample(sample, tag: tag, link: "x", address: "reader1@d1.example")
                let isWish = sample == "leave" && tag == tags[3]
                if !isWish { try await app.take(Report(mail).handed(to: "bounce+\(tag)@bounces.example.org")) }
            }
        }
        try await app.bounce("forged-quoted-bounce", of: "reader1@d1.example")
        #expect(try await app.active() == 30)
        #expect(try await app.held().held == 0)
        #expect(try await app.strikes("reader1@d1.example") == nil)
    }

    @Test(arguments: ["vacation", "text-warning", "postfix-delayed", "delivered", "arf-not-spam", "leave"])
    func `what is no bounce is counted at most`(_ sample: String) async throws {
        let app = try await TestApp.receiving(30)
        try await app.bounce(sample, of: "reader1@d1.example")
        #expect(try await app.active() == 30)
        #expect(try await app.strikes("reader1@d1.example") == nil)
    }

    // MARK: Leaving

    @Test(arguments: ["arf-yahoo", "arf-jmrp-redacted"])
    func `a complaint ends the subscription like the link, and leaves nothing`(_ sample: String) async throws {
        let app = try await TestApp.receiving(30)
        for _ in 0..<3 { try await app.bounce(sample, of: "reader1@d1.example", handedTo: "fbl@bounces.example.org") }
        #expect(try await app.everybody() == 29)
        let left = try await app.find("reader1@d1.example")
        #expect(left.subscriptions.isEmpty && left.fingerprints.isEmpty)
        let returned = try await app.courant.campaigns.show(1).returned
        #expect(returned.map(\.class) == ["gone", "complaint"] && returned.map(\.count) == [2, 1])
    }

    @Test func `a complaint may end every list of that address, where that is set`() async throws {
        let app = try await TestApp.start {
            $0.mailBounceDomain = "bounces.example.org"
            $0.complaintScope = .all
        }
        try await app.createList("tips")
        try await app.subscribe("ann@example.org", lists: ["news", "tips"])
        try await app.launch()
        try await app.deliverAllMail()
        try await app.bounce("arf-yahoo", of: "ann@example.org")
        #expect(try await app.find("ann@example.org").subscriptions.isEmpty)
    }

    /// With a key for `example.org`, which newsletters are from.
    private static func asking(_ change: (inout Settings) throws -> Void = { _ in }) async throws -> TestApp {
        try await TestApp.receiving(3) { settings in
            settings.bouncesLMTP = LMTPAddress("127.0.0.1:0")
            settings.asksForComplaints = true
            settings.dkimKeys = "\(settings.keysFile).dkim"
            let key = try #require(DKIMKey(new: .ed25519, domain: "example.org", selector: "courant1"))
            _ = try settings.dkimFolder.add(key, as: .signs, ownedAs: settings.keysFile)
            try change(&settings)
        }
    }

    @Test func `a newsletter says where complaints may go, signed, and what comes there is one`() async throws {
        let app = try await Self.asking()
        let mail = try #require(app.relay.mails(to: "reader1@d1.example").last)
        let field = try #require(mail.header("CFBL-Address"))
        let sender = try #require(mail.sender)
        #expect(
            field == "complaint+\(sender.dropFirst("bounce+".count)); report=arf", "the same tag as the return path's")
        let signed = SignedMail(mail.content)
        let covered = try DKIMSignature.all(of: signed).map { try $0.get() }.flatMap(\.covered)
        #expect(covered.count { $0 == "cfbl-address" } == 2, "nobody may add a second one")
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        #expect(try #require(app.relay.mails(to: "ann@example.org").first).header("CFBL-Address") == nil)
        let address = String(field.prefix { $0 != ";" })
        let report = try app.sample("arf-yahoo", tag: "x", link: "x", address: "reader1@d1.example")
        try await app.take(Report(report).handed(to: address))
        #expect(try await app.find("reader1@d1.example").subscriptions.isEmpty)
        let left = try await app.everybody()
        let forged = address.replacing("complaint+a", with: "complaint+b")
        try await app.take(Report(report).handed(to: forged))
        #expect(try await app.everybody() == left)
    }

    @Test func `nobody is told where to complain about a sender whose domain has no key, or owns no such address`()
        async throws
    {
        let app = try await Self.asking { settings in
            for domain in ["example.net", "news.example.org"] {
                let key = try #require(DKIMKey(new: .ed25519, domain: domain, selector: "courant1"))
                _ = try settings.dkimFolder.add(key, as: .signs, ownedAs: settings.keysFile)
            }
        }
        for domain in ["example.net", "news.example.org", "tips.example.org"] {
            _ = try await app.courant.lists.edit(#require(Slug("news")), by: .host) { list in
                list.sender = Correspondent(name: nil, address: EmailAddress(localPart: "news", domain: domain))
            }
            try await app.nextCampaign()
            let mail = try #require(app.relay.mails(to: "reader1@d1.example").last)
            #expect(mail.header("From")?.contains(domain) == true && mail.header("CFBL-Address") == nil)
        }
    }

    @Test func `unasked, a newsletter says nothing of it`() async throws {
        let app = try await TestApp.receiving(3) { $0.bouncesLMTP = LMTPAddress("127.0.0.1:0") }
        #expect(app.relay.mails.allSatisfy { $0.header("CFBL-Address") == nil })
    }

    @Test func `a mail to the address in the head leaves, a machine's answer does not`() async throws {
        let app = try await TestApp.receiving(3) { $0.bouncesLMTP = LMTPAddress("127.0.0.1:0") }
        let head = try #require(app.relay.mails(to: "reader1@d1.example").last?.header("List-Unsubscribe"))
        let address = try #require(head.split(separator: "mailto:").last?.prefix { $0 != "?" })
        #expect(head.hasPrefix("<https://") && address.hasPrefix("leave+"))
        let mail = try app.sample("leave", tag: "x", link: "x", address: "reader1@d1.example")
        let automatic = Array("Auto-Submitted: auto-replied\n".utf8) + mail
        try await app.take(Report(automatic, from: "reader1@d1.example").handed(to: String(address)))
        #expect(try await app.everybody() == 3)
        try await app.take(Report(mail, from: "reader1@d1.example").handed(to: String(address)))
        #expect(try await app.everybody() == 2)
        #expect(try await app.find("reader1@d1.example").subscriptions.isEmpty)
    }

    // MARK: Sign-ups

    @Test(arguments: ["postfix-unknown-user", "postfix-expired", "gmail-dmarc"])
    func `a sign-up whose confirm mail came back is gone at once`(_ sample: String) async throws {
        let app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        try await app.bounce("postfix-delayed", of: "ann@example.org")
        #expect(try await app.everybody() == 1)
        try await app.bounce(sample, of: "ann@example.org")
        let found = try await app.find("ann@example.org")
        #expect(found.subscriptions.isEmpty && found.fingerprints.isEmpty)
    }

    @Test func `who calls a confirm mail spam is never written to again`() async throws {
        let app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        try await app.bounce("arf-yahoo", of: "ann@example.org")
        #expect(try await app.find("ann@example.org").fingerprints.count == 1)
        app.clock.advance(Self.day)
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 1)
    }

    // MARK: Campaigns

    @Test func `a campaign whose mails come back because of us stops`() async throws {
        let app = try await TestApp.receiving(200, deliver: false)
        app.relay.hold { $0.recipient.localPart == "reader199" }
        let id = try await app.launch().campaign.id
        async let delivery = app.deliverAllMail()
        try await app.until { try await app.courant.campaigns.show(id).progress.accepted == 199 }
        for number in 0..<4 { try await app.bounce("gmail-dmarc", of: "reader\(number)@d\(number % 40).example") }
        let state = try await app.courant.campaigns.show(id).campaign
        #expect(state.state == .paused && state.reason?.contains("4 of the first 199 came back because of us") == true)
        app.relay.release()
        _ = try await delivery
    }

    @Test func `a bounce of an old campaign is no news`() async throws {
        let app = try await TestApp.receiving(30)
        app.clock.advance(Self.day * 31)
        try await app.bounce("postfix-unknown-user", of: "reader1@d1.example")
        #expect(try await app.held().held == 0)
    }

    @Test func `mails say which campaign, list and kind they are of`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.launch()
        try await app.deliverAllMail()
        let ids = app.relay.mails.compactMap { $0.header("Feedback-ID") }
        #expect(ids.first == "news:confirm:example.org" && ids.last == "c1:news:newsletter:example.org")
        #expect(app.relay.mails.last?.header("List-Unsubscribe")?.contains("mailto:") == false, "no door is open")
    }
}

extension TestApp {
    /// So many readers of `news`, who have a campaign behind them.
    fileprivate static func receiving(
        _ count: Int, deliver: Bool = true, _ change: (inout Settings) throws -> Void = { _ in }
    ) async throws -> TestApp {
        let app = try await TestApp.start {
            $0.mailBounceDomain = "bounces.example.org"
            try change(&$0)
        }
        try await app.fill(addresses: (0..<count).map { "reader\($0)@d\($0 % 40).example" })
        if deliver { try await app.nextCampaign() }
        return app
    }

    fileprivate func nextCampaign() async throws {
        clock.advance(.seconds(1))
        try await launch()
        try await deliverAllMail()
    }

    /// What comes back of the newest mail to that address.
    fileprivate func bounce(
        _ name: String, of address: String, writtenAs other: String? = nil, handedTo recipient: String? = nil
    ) async throws {
        let mail = try #require(relay.mails(to: address).last)
        let sender = try #require(mail.sender)
        let tag = String(sender.dropFirst("bounce+".count).prefix { $0 != "@" })
        let link = mail.token(after: "/unsubscribe/") ?? "x"
        let id = mail.header("Message-ID")?.dropFirst().prefix { $0 != "@" } ?? "x"
        let bytes = try sample(name, tag: tag, link: link, address: other ?? address, messageID: String(id))
        let report = Report(bytes, from: "")
        try await take(report.handed(to: recipient ?? sender))
    }

    fileprivate func take(_ report: Report) async throws { try await courant.inbox.take([report], through: .lmtp) }

    fileprivate func sample(
        _ name: String, tag: String, link: String, address: String, messageID: String = "x"
    ) throws -> [UInt8] {
        let file = URL.repository.appending(path: "Tests/Samples/reports/\(name).eml")
        let text = try String(contentsOf: file, encoding: .utf8).replacingOccurrences(of: "+TAG@", with: "+\(tag)@")
            .replacingOccurrences(of: "/unsubscribe/LINK", with: "/unsubscribe/\(link)")
            .replacingOccurrences(of: "ann@example.com", with: address)
            .replacingOccurrences(of: "c42.00112233445566778899aabbccddeeff", with: messageID)
        return Array(text.utf8)
    }

    fileprivate func strikes(_ address: String) async throws -> Strikes? {
        let digest = courant.keyring.digest(of: try EmailAddress(address))
        return try await courant.store.read { tx in
            try tx.subscriptions(digest: digest).first.flatMap { try tx.strikes(of: $0.id) }
        }
    }
}
