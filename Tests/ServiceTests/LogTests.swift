import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Mail
import NIOCore
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@testable import Web

/// The log never holds an address, a name, a token or anything else that somebody typed, at any level.
@Suite struct LogTests {
    /// Stands in every input.
    static let canary = "quuxworthy"
    static let address = "quuxworthy@example.org"

    private func withService(
        _ log: LogLines, captcha: ScriptedCaptcha = ScriptedCaptcha(verdict: .passed),
        _ body: @escaping @Sendable (TestApp, any TestClientProtocol) async throws -> Void
    ) async throws {
        let app = try await TestApp.start(captcha: captcha, logger: log.logger)
        let router = try app.courant.router()
        try await Application(router: router, logger: log.logger).test(.live) { try await body(app, $0) }
        try await app.deliverAllMail()
        #expect(log.text.contains("request"))
        ByteSearch("log", log.text).expectNothing(of: [Self.canary])
    }

    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
    private static let json: HTTPFields = [.contentType: "application/json"]

    /// Every way to get something wrong that a visitor has.
    private static let visits: [(HTTPRequest.Method, String, HTTPFields, String)] = [
        (.post, "/subscribe", form, "email=quuxworthy%40example.org&name=Quuxworthy&g-recaptcha-response=quuxworthy"),
        (.post, "/subscribe", form, "email=quuxworthy&name=http%3A%2F%2Fquuxworthy&list=quuxworthy&locale=quuxworthy"),
        (.post, "/subscribe", form, "email=quuxworthy&email=quuxworthy"),
        (.post, "/subscribe", form, "quuxworthy=%zz&%ffquuxworthy"),
        (.post, "/subscribe", form, "email=quuxworthy%0d%0aBcc%3Ax&remarks=quuxworthy"),
        (
            .post, "/subscribe", json,
            #"{"email":"quuxworthy@example.org","name":"Quuxworthy","g-recaptcha-response":"quuxworthy"}"#
        ),
        (.post, "/subscribe", json, #"{"email":{"quuxworthy":1},"quuxworthy":[]}"#),
        (.post, "/subscribe", json, #"{"quuxworthy"#),
        (.post, "/subscribe", json, #"{"email":"quuxworthy","email":"quuxworthy"}"#),
        (.post, "/subscribe", [.contentType: "quuxworthy/quuxworthy"], "quuxworthy"),
        (
            .post, "/subscribe", [.contentType: "multipart/form-data; boundary=quuxworthy"],
            "--quuxworthy\r\nquuxworthy: x\r\n\r\nquuxworthy"
        ),
        (.post, "/subscribe", form, "name=" + String(repeating: "quuxworthy", count: 20_000)),
        (.get, "/?email=quuxworthy&list=quuxworthy&locale=quuxworthy", [:], ""),
        (.get, "/quuxworthy/quuxworthy?quuxworthy", [:], ""),
        (.get, "/confirm/quuxworthy", [:], ""), (.post, "/confirm/quuxworthy/refuse", form, "never=quuxworthy"),
        (.post, "/unsubscribe/quuxworthy", form, "List-Unsubscribe=quuxworthy"),
        (.get, "/assets/quuxworthy.css", [:], ""),
        (.delete, "/subscribe?quuxworthy", [:], ""),
        (.get, "/policy", [.userAgent: "quuxworthy", .cookie: "quuxworthy=1", .referer: "https://quuxworthy"], ""),
        (.get, "/api/v1/whoami", [.authorization: "Bearer quuxworthy"], ""),
        (.get, "/api/v1/quuxworthy", [.authorization: "quuxworthy"], ""),
        (.get, "/", [.acceptLanguage: "quuxworthy;q=quuxworthy", .origin: "https://quuxworthy"], ""),
    ]

    @Test func `what visitors send is not in it, right or wrong`() async throws {
        try await withService(LogLines()) { app, client in
            for (method, path, headers, body) in Self.visits {
                _ = try await client.execute(
                    uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
            }
            if let method = HTTPRequest.Method("QUUXWORTHY") { _ = try await client.execute(uri: "/", method: method) }
            #expect(try await app.courant.lists.all()[0].pending == 1)
        }
    }

    @Test(arguments: [ScriptedCaptcha(verdict: .refused(.failed)), ScriptedCaptcha(verdict: .unavailable(.timedOut))])
    func `what a captcha refuses is not in it`(_ captcha: ScriptedCaptcha) async throws {
        try await withService(LogLines(), captcha: captcha) { _, client in
            for (method, path, headers, body) in Self.visits.prefix(6) {
                _ = try await client.execute(
                    uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
            }
        }
    }

    @Test func `the links of mails are not in it, nor their owners`() async throws {
        let log = LogLines()
        try await withService(log) { app, client in
            try await app.subscribe(Self.address, name: "Quuxworthy")
            let texts = app.relay.mails.flatMap { [$0.token(after: "/confirm/"), $0.token(after: "/unsubscribe/")] }
                .compactMap(\.self)
            #expect(texts.count == 2)
            for path in texts.flatMap({ ["/confirm/\($0)", "/confirm/\($0)/refuse", "/unsubscribe/\($0)"] }) {
                for method in [HTTPRequest.Method.get, .post, .put] {
                    _ = try await client.execute(
                        uri: path, method: method, headers: Self.form, body: ByteBuffer(string: "unsubscribe=yes"))
                }
            }
            ByteSearch("log", log.text).expectNothing(of: texts)
        }
    }

    @Test func `what staff send is not in it: their tokens, files with errors, test addresses`() async throws {
        let log = LogLines()
        try await withService(log) { app, client in
            let token = try await app.courant.staff.add("Eva", role: .admin).token
            let headers: HTTPFields = [.authorization: "Bearer \(token.text)", .contentType: "application/json"]
            try await app.subscribe(Self.address, name: "Quuxworthy")
            for (path, body) in Self.calls {
                var keyed = headers
                keyed[.idempotencyKey] = "quuxworthy-\(path.count)"
                _ = try await client.execute(
                    uri: "/api/v1/" + path, method: .post, headers: keyed, body: ByteBuffer(string: body))
            }
            try await app.deliverAllMail()
            #expect(app.relay.mails(to: Self.address).count >= 3)
            ByteSearch("log", log.text).expectNothing(of: [token.text, String(token.text.split(separator: ".")[2])])
        }
    }

    private static let calls: [(String, String)] = {
        func file(_ text: String) -> String {
            String(decoding: (try? JSON.encode(CampaignSource(source: text, list: "news"))) ?? Data(), as: UTF8.self)
        }
        let good = file("---\nsubject: Quuxworthy\n---\n# Quuxworthy {{name}}\n")
        return [
            ("campaigns/lint", file("---\nquuxworthy: [\n---\n{{#quuxworthy}}")),
            ("campaigns/lint", file("quuxworthy {{quuxworthy}} ![](x)")),
            ("campaigns", file("---\nsubject: quuxworthy\n---\n{{/quuxworthy}}")), ("campaigns", good),
            ("campaigns/preview", good),
            ("campaigns/1/test", #"{"to":"quuxworthy@example.org"}"#), ("campaigns/1/test", #"{"to":"quuxworthy"}"#),
            ("campaigns/1/test", #"{"quuxworthy":{}}"#), ("campaigns/1/plan", ""),
            ("campaigns/1/send", #"{"digest":"quuxworthy"}"#),
            ("campaigns/quuxworthy/plan", ""),
            ("lists", #"{"slug":"quuxworthy","title":"Quuxworthy","sender_address":"quuxworthy"}"#),
            ("lists/quuxworthy/close", ""), ("campaigns", #"{"quuxworthy"#),
        ]
    }()

    /// A relay's refusal may quote whom it refused.
    @Test func `what a relay says about somebody is not in it, nor in the campaign's report`() async throws {
        try await withService(LogLines()) { app, client in
            try await app.subscribe(Self.address)
            _ = try await client.execute(uri: "/livez", method: .get)
            let reply = SMTPReply(
                code: 550, enhanced: EnhancedStatus(class: 5, subject: 7, detail: 1),
                text: "<quuxworthy@example.org> said no", to: .recipient)
            for verdict in [
                Verdict.later(reply), .unsent(.unwelcome(reply)),
                .unsent(.unauthorised(LoginRefusal(reply: reply, mechanism: "PLAIN", offered: []))), .refused(reply),
            ] {
                app.relay.answer { _ in verdict }
                let id = try await app.launch().campaign.id
                app.clock.advance(.seconds(60))
                try await app.deliverAllMail()
                let standing = try await app.courant.campaigns.show(id)
                ByteSearch("report", "\(standing.campaign.reason ?? "") \(standing.refusals)").expectNothing(of: [
                    Self.canary
                ])
            }
        }
    }

    // MARK: By type

    private static func described(_ value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        dump([value], to: &dumped)
        dump(["key": value], to: &dumped)
        let optional: Any? = value
        return "\(value) \(String(describing: value)) \(String(reflecting: value)) \([value]) \(["a": value]) "
            + "\(String(describing: optional)) \(String(reflecting: optional)) \(Mirror(reflecting: value).children.map { "\($0)" }) \(dumped)"
    }

    @Test func `whoever describes personal data describes nothing`() throws {
        let person = Person(address: try EmailAddress(Self.address), name: try PersonName("Quuxworthy"))
        let signUp = SignUp(
            person: person, lists: [], language: .english, consentText: "quuxworthy", policy: "quuxworthy")
        let mail = OutgoingMail(
            ticket: 1, person: 0, sender: nil, recipient: person.address, content: Array("quuxworthy".utf8))
        let reply = SMTPReply(code: 550, enhanced: nil, text: "<quuxworthy@example.org>: unknown", to: .recipient)
        let values: [Any] = [
            person.address, person.name as Any, person, signUp, mail, reply, Verdict.refused(reply),
            RelayFailure.unwelcome(reply),
            Settled(ticket: 1, verdict: .later(reply)),
        ]
        for value in values {
            ByteSearch("\(type(of: value))", Self.described(value)).expectNothing(of: [
                Self.canary, "113, 117, 117, 120",
            ])
        }
    }

    @Test func `whoever describes a secret describes nothing`() throws {
        let (token, staff, keyring) = (Token.random(), StaffToken.random(), Keyring.random())
        let link = UnsubscribeLink(.random(), place: .body, keyring: keyring)
        #expect(Self.described(token).contains("[redacted]") && !Self.described(token).contains(token.text))
        #expect(!Self.described(staff).contains(staff.text) && !Self.described(staff).contains(staff.id))
        #expect(!Self.described(link).contains(link.text))
        let keys = Self.described(keyring)
        #expect(keys.contains("[redacted]") && !keys.contains("sealing") && !keys.contains("SymmetricKey"))
    }

    @Test func `a mail of the outbox describes nothing`() async throws {
        let app = try await TestApp.start()
        try await app.signUp(Self.address, name: "Quuxworthy")
        let row = try await app.courant.store.write { try $0.claimOutbox(dueBefore: .distantFuture, limit: 1) }
        let mail = try app.courant.keyring.outboxMail(#require(row.first).sealed)
        #expect(mail.recipient.address.wire == Self.address)
        let token = try #require(mail.values["token"])
        ByteSearch("OutboxMail", Self.described(mail)).expectNothing(of: [Self.canary, token])
    }
}
