import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

/// What was agreed to, kept once for each sentence, and proved by the receipt.
@Suite struct ConsentTests {
    private static func receipt(_ mail: RecordedMail) throws -> String {
        let lines = mail.text.split(whereSeparator: \.isNewline).map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix("Courant consent receipt") })
        return lines[start..<(start + 7)].joined(separator: "\n")
    }

    private static func sentence(_ app: TestApp, _ code: String = "en") throws -> String {
        app.courant.templates.string(
            "consent.text", language: try #require(Language(code)), values: ["organisation.name": "Example AS"])
    }

    @Test func `the sentences that are shown are stored at the start, once`() async throws {
        let app = try await TestApp.start()
        let next = try await app.restart()
        for code in Language.shipped {
            let wording = ConsentWording(try Self.sentence(next, code), language: .english, since: .now)
            let stored = try await next.courant.store.read { try $0.consentWording(wording.hash) }
            #expect(stored?.text == wording.text && stored?.language.code == code)
        }
    }

    @Test func `a sentence that nobody has seen before is stored with the sign-up`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org")
        let consent = try #require(try await app.find("ann@example.org").subscriptions[0].subscription.consent)
        let stored = try await app.courant.store.read { try $0.consentWording(consent.text) }
        #expect(stored?.text == String(repeating: "ab", count: 32))
    }

    @Test func `mail, page and export show the sentence`() async throws {
        let web = try await WebApp.start()
        _ = try await web.form("/subscribe", "email=ann%40example.org&locale=sv")
        try await web.app.deliverAllMail()
        let token = try #require(web.app.relay.mails.first?.token(after: "/confirm/").flatMap { Token($0) })
        _ = try await web.app.courant.subscriptions.confirm(token)
        try await web.app.deliverAllMail()
        let sentence = try Self.sentence(web.app, "sv")
        #expect(web.app.relay.mails.last?.flat.contains(sentence) == true)
        let link = try await web.app.privacyLink("ann@example.org").text
        #expect(try await web.ask(.get, "/privacy/\(link)").text.contains(sentence))
        #expect(try await web.ask(.get, "/privacy/\(link)/export.json").text.contains(sentence))
    }

    @Test func `the sentence is quoted in lines that a reader of plain text sees whole`() async throws {
        let web = try await WebApp.start()
        _ = try await web.form("/subscribe", "email=ann%40example.org&locale=en")
        try await web.app.deliverAllMail()
        let lines = try #require(web.app.relay.mails.first).text.split(whereSeparator: \.isNewline)
        let quoted = lines.filter { $0.hasPrefix("> ") }
        #expect(quoted.count > 2 && quoted.allSatisfy { $0.count <= 72 }, "\(quoted)")
        #expect(quoted.map { $0.dropFirst(2) }.joined(separator: " ") == (try Self.sentence(web.app)))
    }

    @Test func `staff are shown what somebody agreed to, and the audit keeps that they looked`() async throws {
        let web = try await WebApp.start()
        _ = try await web.form("/subscribe", "email=ann%40example.org&locale=en")
        let pia = try await web.token("Pia", .privacy)
        let answer = try await web.json("/api/v1/consents/show", #"{"address":"ann@example.org"}"#, pia)
        let consent = try #require((try answer.decoded() as ConsentsInfo).consents.first)
        #expect(consent.wording?.text == (try Self.sentence(web.app)) && consent.confirmedAt == nil)
        #expect(consent.source == "form" && consent.list == "news" && consent.askedAt != nil)
        #expect(try await web.app.audited(.showConsent).map(\.actor) == ["staff:Pia"])
        let nobody = try await web.json("/api/v1/consents/show", #"{"address":"bo@example.org"}"#, pia)
        #expect(nobody.status == .notFound)
    }

    @Test func `a receipt is genuine and says what it is for, also when its owner has gone`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let mail = try #require(web.app.relay.mails(to: "ann@example.org").last)
        try await web.app.unsubscribe("ann@example.org")
        let pia = try await web.token("Pia", .privacy)
        let quoted = try Self.receipt(mail).components(separatedBy: "\n").map { "> \($0)" }.joined(separator: "\r\n")
        let whole = String(decoding: mail.content, as: UTF8.self)
        let coded = Data(mail.text.utf8).base64EncodedString(options: [.lineLength76Characters])
        let texts = [
            try Self.receipt(mail), mail.text, "Look:\n\n\(quoted)\n\nBest, Ann", whole,
            whole.replacing("\r\n", with: "\n"),
            "Content-Transfer-Encoding: base64\r\n\r\n\(coded)\r\n",
        ]
        for text in texts {
            let body = String(decoding: try JSON.encode(PresentedReceipt(receipt: text)), as: UTF8.self)
            let verdict: ReceiptInfo = try await web.json("/api/v1/consents/verify", body, pia).decoded()
            #expect(verdict.isGenuine && verdict.list == "news" && verdict.title == "Example News")
            #expect(verdict.wording?.text == String(repeating: "ab", count: 32))
            #expect(verdict.confirmedAt == web.app.clock.wall.now())
        }
        #expect(try await web.app.audited(.verifyConsent).map(\.result) == texts.map { _ in "genuine" })
    }

    @Test func `what was changed, or is none, is said to be so`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let receipt = try Self.receipt(#require(app.relay.mails(to: "ann@example.org").last))
        for (old, new) in [("List: news", "List: other"), ("Policy: 1", "Policy: 2"), ("Text: ", "Text: 0")] {
            let forged = receipt.replacingOccurrences(of: old, with: new)
            #expect(try await app.courant.consents.verify(forged, by: .host).receipt == nil, "\(new)")
        }
        for text in ["", "nothing", "Courant consent receipt, version 1", "Signature: AAAA"] {
            await #expect(throws: Refusal.self) { try await app.courant.consents.verify(text, by: .host) }
        }
        #expect(
            try await app.audited(.verifyConsent).allSatisfy { $0.result == "not-genuine" && $0.subject == "nobody" })
    }

    @Test func `a line that was broken on its way is put together`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let receipt = try Self.receipt(#require(app.relay.mails(to: "ann@example.org").last))
        let broken = receipt.components(separatedBy: "\n").map { line in
            line.count > 60 ? "\(line.prefix(50))\n  \(line.dropFirst(50))" : line
        }
        let verdict = try await app.courant.consents.verify(broken.joined(separator: "\n"), by: .host)
        #expect(verdict.receipt?.list == "news")
    }

    @Test func `a sentence that was never kept is said not to be known`() async throws {
        let web = try await WebApp.start()
        try await web.app.put("ann@example.org")
        let pia = try await web.token("Pia", .privacy)
        let answer = try await web.json("/api/v1/consents/show", #"{"address":"ann@example.org"}"#, pia)
        #expect((try answer.decoded() as ConsentsInfo).consents[0].wording?.text == nil)
        let link = try await web.app.privacyLink("ann@example.org").text
        #expect(try await web.ask(.get, "/privacy/\(link)").text.contains("not kept here any more"))
    }
}
