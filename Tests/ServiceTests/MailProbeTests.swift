import CourantTesting
import DKIM
import DNS
import Foundation
import Logging
import Mail
import Mailbox
import Newsletter
import Reports
import SQLStore
import Synchronization
import Testing
import Wiring

/// Mails that the operator sends to see what becomes of them: out through a relay, back by the door of the running service.
@Suite(.timeLimit(.minutes(20))) struct MailProbeTests {
    private static let key = DKIMKey(new: .rsa, domain: "example.org", selector: "courant1")

    private struct Published: Resolver {
        var texts: [String: String] = [:]

        func ask(_ name: String, _ type: DNSType) async -> DNSAnswer {
            texts[name].map { .found([DNSRecord(.text($0))]) } ?? .noName
        }
    }

    private static var resolver: Published {
        get throws {
            let key = try #require(key)
            return Published(texts: [key.recordName: key.record, "_dmarc.example.org": "v=DMARC1; p=none"])
        }
    }

    /// A relay that hands everything on to the service's door, as the mail server of the bounce domain would.
    private final class Loop: Sendable {
        struct Journey: Sendable {
            var change: @Sendable (String) -> String = { $0 }
            /// Nil: what it came with.
            var sender: String?
            var isLost = false
        }

        let app: TestApp
        let relay: SMTPServer
        private let listener: Task<Void, Never>

        init(_ journey: Journey = Journey(), signs: Bool = true) async throws {
            let socket = try URL.temporary().appending(path: "lmtp").path
            let place = try #require(LMTPAddress(socket))
            relay = try await SMTPServer.start(at: .address(host: "127.0.0.1", port: 0)) { mail in
                guard !journey.isLost else { return true }
                let trace = "Received: from relay by mx.example.org with ESMTPS (TLS1.3)\r\n"
                let content = journey.change(trace + String(decoding: mail.content, as: UTF8.self))
                let taken = await Courant.report(
                    Array(content.utf8), from: journey.sender ?? mail.sender, to: mail.recipients.first, at: place)
                return taken == .taken
            }
            let port = relay.port
            app = try await TestApp.start { settings in
                settings.mailBounceDomain = "bounces.example.org"
                settings.bouncesLMTP = place
                settings.relay = .local(port: port)
                guard signs else { return }
                settings.dkimKeys = "\(settings.keysFile).dkim"
                _ = try settings.dkimFolder.add(#require(key), as: .signs, ownedAs: settings.keysFile)
            }
            app.courant.store.takePlace()
            listener = try await app.listen(at: place)
        }

        func probe(within limit: Duration = .seconds(60)) async throws -> [Doctor.Finding] {
            try await MailProbe(app.courant.settings, resolver: resolver).goRound(within: limit)
        }

        var left: Bool {
            get async throws {
                try await app.courant.store.read { try $0.hasProbes(madeOutside: .distantPast...(.distantPast)) }
            }
        }

        func end() async {
            listener.cancel()
            await listener.value
            await relay.stop()
        }
    }

    @Test func `a newsletter and a confirm mail come back as they left, and nothing of them is kept`() async throws {
        let loop = try await Loop(
            Loop.Journey(change: { "Authentication-Results: mx.example.org; spf=pass; dkim=pass\r\n" + $0 }))
        let findings = try await loop.probe()
        for kind in ["newsletter from example.org: ", "confirm mail: "] {
            let own = findings.filter { $0.words.hasPrefix(kind) }
            let subjects = ["arrived", "header", "dkim", "aligned", "envelope"]
            let isNewsletter = kind.hasPrefix("newsletter")
            #expect(
                own.map(\.subject) == subjects + (isNewsletter ? ["one-click"] : []) + ["results", "tls"], "\(own)")
        }
        #expect(findings.allSatisfy { $0.verdict == .well }, "\(findings)")
        #expect(findings.contains { $0.words.contains("2048 bits") })
        #expect(try await !loop.left)
        #expect(try await loop.app.held().held == 0)
        await loop.end()
    }

    @Test func `what a relay changes is named`() async throws {
        let loop = try await Loop(
            Loop.Journey(
                change: {
                    $0.replacing("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", with: "")
                        .replacing("Date: ", with: "Date: Mon, 1 Jan 2001 00:00:00 +0000\r\nX-Date: ")
                }, sender: "bounce-4711@provider.example"))
        let findings = try await loop.probe().filter { $0.words.hasPrefix("newsletter") }
        let header = try #require(findings.first { $0.subject == "header" })
        #expect(header.verdict == .wrong && header.words.contains("Date, List-Unsubscribe-Post"), "\(header)")
        #expect(findings.first { $0.subject == "dkim" }?.verdict == .wrong)
        #expect(findings.first { $0.subject == "envelope" }?.words.contains("provider.example") == true)
        await loop.end()
    }

    @Test func `a probe that bounces says so, and what does not come back is missed`() async throws {
        let file = URL.repository.appending(path: "Tests/Samples/reports/postfix-unknown-user.eml")
        let bounce = try String(contentsOf: file, encoding: .utf8)
        let bouncing = try await Loop(Loop.Journey(change: { _ in bounce }))
        let bounced = try await bouncing.probe()
        #expect(bounced.map(\.subject) == ["arrived", "arrived"] && bounced.allSatisfy { $0.verdict == .wrong })
        #expect(bounced.allSatisfy { $0.words.contains("5.1.1") }, "\(bounced)")
        #expect(try await bouncing.app.held().held == 0)
        await bouncing.end()
        let losing = try await Loop(Loop.Journey(isLost: true), signs: false)
        let lost = try await losing.probe(within: .milliseconds(1))
        #expect(lost.allSatisfy { $0.verdict == .wrong && ["arrived", "sent"].contains($0.subject) }, "\(lost)")
        #expect(try await !losing.left)
        await losing.end()
    }

    @Test func `to a mailbox of somebody's nothing is waited for, and a refusal is told in the relay's words`()
        async throws
    {
        let script = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("never@") ? .reply("550 5.1.1 no") : nil
        }
        let app = try await TestApp.start { $0.relay = .local(port: script.port) }
        let probe = MailProbe(app.courant.settings)
        let sent = await probe.send(to: try EmailAddress("me@example.com"), within: .seconds(60))
        #expect(sent.map(\.verdict) == [.well, .well] && sent[0].words.contains("courantd doctor mail FILE.eml"))
        let refused = await probe.send(to: try EmailAddress("never@example.com"), within: .seconds(60))
        #expect(
            refused.map(\.verdict) == [.wrong, .wrong] && refused[0].words.contains("550 5.1.1 at RCPT"), "\(refused)")
        #expect(await probe.goRound(within: .seconds(1)).map(\.subject) == ["door"])
    }

    @Test func `only who waits for a probe is given it, once, and the rest is swept within the hour`() async throws {
        let app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        let (store, keyring) = (app.courant.store, app.courant.keyring)
        let probes = try await app.courant.renderer.probes(to: nil, lists: [], at: app.clock.wall.now(), store: store)
        let probe = try #require(probes.first)
        let content = "To: <\(probe.mail.recipient.wire)>\r\n\r\nfirst\r\n"
        func come(_ text: String) async throws -> Bool {
            let mail = Array(text.utf8)
            return try await app.courant.inbox.takeIfOurs(.init(mail), of: mail, through: .mailbox)
        }
        #expect(try await come(content), "ours, and nobody waits for it")
        #expect(try await store.read { try $0.probe(probe.id) } == nil)
        let now = app.clock.wall.now()
        try await store.write { try $0.insertProbe(probe.id, at: now) }
        #expect(try await come(content))
        #expect(try await come(content.replacing("first", with: "second")))
        let kept = try await store.read { try $0.probe(probe.id) }
        #expect(kept.map { String(decoding: $0, as: UTF8.self) } == content)
        let tag = BounceTag(probe.id, for: .report, keyring: keyring).text
        #expect(tag != BounceTag(probe.id, for: .probe, keyring: keyring).text)
        #expect(try await !come("To: <\(probe.mail.recipient.wire.replacing("a", with: "b"))>\r\n\r\nforged\r\n"))
        _ = try await app.courant.bounces.sweep()
        #expect(try await store.read { try $0.probe(probe.id) } != nil)
        app.clock.advance(.seconds(3700))
        _ = try await app.courant.bounces.sweep()
        #expect(try await store.read { try $0.probe(probe.id) } == nil)
    }
}
