import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Newsletter
import Reports
import SQLStore
import Testing
import Web
import Wiring

/// From the provider's call to the person, through the whole of Courant.
@Suite struct HookDoorTests {
    /// A list of thirty who were written to, and every provider at the door.
    private struct House {
        let web: WebApp
        var caller = HookCaller()

        init() async throws {
            web = try await WebApp.start(
                hooks: HookProvider.allCases.compactMap(HookCaller.hook), sns: caller.sns.client)
            try await web.app.fill(addresses: (0..<30).map { "reader\($0)@d\($0).example" })
            try await web.app.launch()
            try await web.app.deliverAllMail()
            caller.now = web.app.clock.wall.now()
        }

        func tag(_ number: Int) async throws -> String {
            let found = try await web.app.find("reader\(number)@d\(number).example").subscriptions.first
            guard let found else { throw TestFailure("nobody is there") }
            return BounceTag(found.subscription.id, campaign: 1, keyring: web.app.courant.keyring).text
        }

        func send(_ call: HookCall, _ path: String) async throws -> TestResponse {
            try await web.ask(.post, "/hooks/\(path)", call.headers, call.body)
        }

        /// To the right door.
        func send(_ sample: HookSample, tag: String) async throws -> TestResponse {
            try await send(
                try caller.call(sample, tag: tag), "\(sample.provider.rawValue)/path-secret-0123456789")
        }

        func returned() async throws -> [ReturnedCount] { try await web.app.courant.campaigns.show(1).returned }
    }

    @Test(arguments: HookProvider.allCases) func `a bounce holds, and who is held is erased after a day`(
        _ provider: HookProvider
    ) async throws {
        let house = try await House()
        let sample = try #require(HookSample.find(provider, "bounce"))
        #expect(try await house.send(sample, tag: house.tag(7)).status == .ok)
        let held = try await house.web.app.courant.bounces.show().held
        // Amazon tells for whom it failed, and that is not whom we wrote to: a forwarder's other address is not ours.
        guard provider != .ses else {
            #expect(held == 0)
            return #expect(try await house.returned().map(\.class) == ["strike"])
        }
        #expect(held == 1)
        #expect(try await house.returned().first == ReturnedCount(class: "dead", status: "5.1.1", count: 1))
        #expect(try await house.web.app.sweepHeld(after: .seconds(86_401)).erased == 1)
        #expect(try await !house.web.app.isThere("reader7@d7.example"))
    }

    @Test func `Amazon's bounce of the address that we wrote to holds`() async throws {
        let house = try await House()
        let sample = try #require(HookSample.find(.ses, "bounce"))
        let body = sample.body.replacing("ann@example.org", with: "reader7@d7.example")
        let call = try await house.caller.call(.ses, body.replacing("TAG", with: house.tag(7)))
        #expect(try await house.send(call, "ses/path-secret-0123456789").status == .ok)
        #expect(try await house.web.app.courant.bounces.show().held == 1)
    }

    @Test(arguments: HookProvider.allCases.filter { HookSample.find($0, "complaint") != nil })
    func `a complaint erases at once, from this list, and leaves no fingerprint`(_ provider: HookProvider) async throws
    {
        let house = try await House()
        let sample = try #require(HookSample.find(provider, "complaint"))
        #expect(try await house.send(sample, tag: house.tag(3)).status == .ok)
        #expect(try await house.web.app.active() == 29)
        #expect(try await !house.web.app.isThere("reader3@d3.example"))
        try await house.web.app.subscribe("reader3@d3.example")
        #expect(try await house.web.app.active() == 30)
    }

    @Test(arguments: HookProvider.allCases.compactMap { HookSample.all.first(of: $0, .leave) })
    func `who leaves by the provider's own link has left`(_ sample: HookSample) async throws {
        let house = try await House()
        #expect(try await house.send(sample, tag: house.tag(3)).status == .ok)
        #expect(try await !house.web.app.isThere("reader3@d3.example"))
    }

    // MARK: No oracle

    @Test(arguments: HookProvider.allCases) func `the living, the gone, strangers and the unknown get the same answer`(
        _ provider: HookProvider
    ) async throws {
        let house = try await House()
        let (living, gone) = (try await house.tag(1), try await house.tag(2))
        try await house.web.app.unsubscribe("reader2@d2.example")
        let stranger = BounceTag(.random(), campaign: 1, keyring: .random()).text
        let sample = try #require(
            HookSample.all.first { $0.provider == provider && $0.verdicts == [.delayed] }
                ?? HookSample.find(provider, "bounce"))
        var answers: [TestResponse] = []
        for tag in [living, gone, stranger, "TAG"] { answers.append(try await house.send(sample, tag: tag)) }
        #expect(answers.allSatisfy { $0.status == .ok && $0.text.isEmpty && $0.headers == answers[0].headers })
        #expect(try await house.web.app.active() >= 28)
    }

    @Test(arguments: HookProvider.allCases) func `an address in a report, and a forged tag, do nothing to anybody`(
        _ provider: HookProvider
    ) async throws {
        let house = try await House()
        let id = try #require(try await house.web.app.find("reader4@d4.example").subscriptions.first).subscription.id
        let foreign = BounceTag(id, campaign: 1, keyring: .random()).text
        let leave = BounceTag(id, campaign: 1, for: .leave, keyring: house.web.app.courant.keyring).text
        for sample in HookSample.all where sample.provider == provider {
            for tag in [foreign, leave, "", "reader4@d4.example"] {
                let call = try house.caller.call(
                    provider,
                    sample.body.replacing("TAG", with: tag).replacing("ann@example.org", with: "reader4@d4.example")
                        .replacing("NOW", with: String(Int(house.caller.now.timeIntervalSince1970))))
                #expect(try await house.send(call, "\(provider.rawValue)/path-secret-0123456789").status == .ok)
            }
        }
        #expect(try await house.web.app.active() == 30)
        #expect(try await house.web.app.courant.bounces.show().held == 0)
        #expect(try await house.returned().isEmpty)
    }

    // MARK: At the door

    @Test(arguments: HookProvider.allCases) func `another secret, another provider, and another method find nothing`(
        _ provider: HookProvider
    ) async throws {
        let house = try await House()
        let sample = try #require(HookSample.find(provider, "bounce"))
        let call = try await house.caller.call(sample, tag: house.tag(1))
        let other = provider == .generic ? "ses" : "generic"
        for path in [
            "\(provider.rawValue)/path-secret-0123456780", "nobody/path-secret-0123456789", "\(provider.rawValue)/",
        ] {
            #expect(try await house.send(call, path).status == .notFound)
        }
        #expect(try await house.send(call, "\(other)/path-secret-0123456789").status != .ok)
        let read = try await house.web.ask(.get, "/hooks/\(provider.rawValue)/path-secret-0123456789")
        #expect(read.status == .methodNotAllowed)
        #expect(try await house.returned().isEmpty && house.caller.sns.asked.isEmpty)
    }

    @Test(arguments: HookProvider.allCases)
    func `who is not the provider is told so, and with a password how to say it`(
        _ provider: HookProvider
    ) async throws {
        let house = try await House()
        let sample = try #require(HookSample.find(provider, "bounce"))
        let bare = HookCall(headers: [:], body: Array(sample.body.utf8), now: house.caller.now)
        let answer = try await house.send(bare, "\(provider.rawValue)/path-secret-0123456789")
        #expect(answer.status == (provider.signs ? .forbidden : .unauthorized))
        #expect(answer.headers[.wwwAuthenticate] == (provider.signs ? nil : "Basic realm=\"hooks\""))
        #expect(try await house.returned().isEmpty)
    }

    @Test func `what is larger than four megabytes is refused, and what is no JSON`() async throws {
        let house = try await House()
        let large = try house.caller.call(.brevo, String(repeating: " ", count: 4 * 1024 * 1024 + 1))
        #expect(try await house.send(large, "brevo/path-secret-0123456789").status == .contentTooLarge)
        let nonsense = try house.caller.call(.brevo, "nonsense")
        #expect(try await house.send(nonsense, "brevo/path-secret-0123456789").status == .badRequest)
    }

    @Test func `a thousand events come in one call, and are one transaction's`() async throws {
        let house = try await House()
        let tags = try await (0..<10).asyncMap { try await house.tag($0) }
        let events = (0..<1000).map { #"{"event":"spamreport","courant":"\#(tags[$0 % 10])"}"# }.joined(separator: ",")
        #expect(
            try await house.send(try house.caller.call(.sendgrid, "[\(events)]"), "sendgrid/path-secret-0123456789")
                .status == .ok)
        #expect(try await house.web.app.active() == 20)
    }

    @Test func `a replay is answered like the first, and a token of Mailgun's with another body does nothing`()
        async throws
    {
        let house = try await House()
        let (one, two) = (try await house.tag(1), try await house.tag(2))
        let sample = try #require(HookSample.find(.mailgun, "complaint"))
        let call = try house.caller.call(sample, tag: one)
        let text = String(decoding: call.body, as: UTF8.self)
        let other = HookCall(headers: [:], body: Array(text.replacing(one, with: two).utf8), now: call.now)
        let calls = [call, call, other]
        // One router, as a service has it: it remembers.
        let statuses = try await Application(router: house.web.router(), logger: house.web.logger).test(.router) {
            client in
            var statuses: [HTTPResponse.Status] = []
            for call in calls {
                let answer = try await client.execute(
                    uri: "/hooks/mailgun/path-secret-0123456789", method: .post, headers: call.headers,
                    body: ByteBuffer(bytes: call.body))
                statuses.append(answer.status)
            }
            return statuses
        }
        #expect(statuses == [.ok, .ok, .ok])
        #expect(try await house.web.app.active() == 29)
    }

    @Test func `while the store is away the call is to come again`() async throws {
        let house = try await House()
        let sample = try #require(HookSample.find(.resend, "bounce"))
        let call = try await house.caller.call(sample, tag: house.tag(1))
        let (path, store) = ("resend/path-secret-0123456789", house.web.app.courant.store)
        try store.close()
        let away = try await house.send(call, path)
        #expect(away.status == .tooManyRequests && away.headers[.retryAfter] == "30")
    }

    @Test func `while Amazon cannot be asked the call is to come again, and then it counts`() async throws {
        let house = try await House()
        let (sample, tag) = (try #require(HookSample.find(.ses, "complaint")), try await house.tag(1))
        house.caller.sns.goAway(true)
        #expect(try await house.send(sample, tag: tag).status == .tooManyRequests)
        house.caller.sns.goAway(false)
        #expect(try await house.send(sample, tag: tag).status == .ok)
        #expect(try await house.web.app.active() == 29)
    }

    @Test(arguments: [
        (ProviderEcho.ses, "X-Courant"), (.postmark, "X-PM-Metadata-courant"), (.mailgun, "X-Mailgun-Variables"),
        (.sendgrid, "X-SMTPAPI"), (.brevo, "X-Mailin-custom"), (.mailjet, "X-MJ-CustomID"),
        (.sparkpost, "X-MSYS-API"), (.scaleway, "X-Courant"), (.resend, "X-Courant"), (.postal, "X-Postal-Tag"),
    ]) func `a mail carries its tag where its provider sends it back`(_ echo: ProviderEcho, _ name: String) async throws
    {
        let app = try await TestApp.start { $0.relayProvider = echo }
        try await app.subscribe("ann@example.org")
        try await app.launch()
        try await app.deliverAllMail()
        for mail in app.relay.mails {
            let field = try #require(mail.header(name))
            #expect(BounceTag.find(in: field, keyring: app.courant.keyring) != nil)
        }
    }
}

extension [HookSample] {
    fileprivate func first(of provider: HookProvider, _ verdict: ReportClass) -> HookSample? {
        first { $0.provider == provider && $0.verdicts == [verdict] }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
