import CourantTesting
import DKIM
import DNS
import Foundation
import Mail
import Newsletter
import Testing
import Wiring

/// Mail that is signed here, and the keys that do it.
@Suite struct SigningTests {
    private static let key = DKIMKey(new: .rsa, domain: "example.org", selector: "courant1")
    private static let now = Date(timeIntervalSince1970: 1_790_000_000)

    /// With a key for `example.org`.
    private static func start() async throws -> TestApp {
        try await TestApp.start { settings in
            let folder = "\(settings.keysFile).dkim"
            settings.dkimKeys = folder
            _ = try settings.dkimFolder.add(#require(key), as: .signs, ownedAs: settings.keysFile)
        }
    }

    private static func holds(_ mail: RecordedMail) throws -> Bool {
        let mail = SignedMail(mail.content)
        let signatures = try DKIMSignature.all(of: mail).map { try $0.get() }
        return try signatures.map { try $0.verify(mail, record: #require(key).record) } == [.holds(bits: 2048)]
    }

    @Test func `every mail that leaves is signed, whatever its kind`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.com", name: "Ann")
        try await app.subscribe("bob@example.com")
        try await app.launch()
        let id = try await app.courant.campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil
        ).campaign.id
        _ = try await app.courant.campaigns.test(
            id, to: Person(address: EmailAddress("eva@example.com"), name: nil), by: .host)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 7)
        for mail in app.relay.mails { #expect(try Self.holds(mail)) }
    }

    @Test func `without keys nothing is signed`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.com")
        #expect(app.courant.renderer.signer == nil)
        #expect(app.relay.mails.allSatisfy { !$0.text.contains("DKIM-Signature") })
    }

    @Test func `a campaign from a domain without a key does not begin, also at its hour`() async throws {
        let app = try await Self.start()
        try await app.fill(2)
        let scheduled = try await app.launch(at: app.clock.wall.now() + .seconds(3600)).campaign.id
        let list = try await app.courant.lists.edit(#require(Slug("news")), by: .host) { list in
            list.sender = Correspondent(name: nil, address: EmailAddress(localPart: "news", domain: "example.net"))
        }
        #expect(list.list.sender.address.domain == "example.net")
        await #expect(throws: Refusal.unsigned("example.net")) { try await app.launch() }
        app.clock.advance(.seconds(3700))
        try await app.deliverAllMail()
        let campaign = try await app.courant.campaigns.show(scheduled).campaign
        #expect(campaign.state == .planned)
        #expect(campaign.reason?.contains("example.net") == true)
        #expect(app.relay.mails.isEmpty)
    }

    @Test func `a list below a domain that has a key is signed with it`() async throws {
        let app = try await Self.start()
        try await app.fill(1)
        _ = try await app.courant.lists.edit(#require(Slug("news")), by: .host) { list in
            list.sender = Correspondent(name: nil, address: EmailAddress(localPart: "news", domain: "news.example.org"))
        }
        try await app.launch()
        try await app.deliverAllMail()
        #expect(try app.relay.mails.map(Self.holds) == [true])
    }

    // MARK: Keys

    private static func settings(_ directory: TemporaryDirectory) -> Settings {
        var settings = Settings.sample(URL(filePath: directory.path))
        settings.dkimKeys = "\(directory.path)/dkim"
        return settings
    }

    @Test func `the company's own senders must have a key`() throws {
        let directory = try TemporaryDirectory()
        var settings = Self.settings(directory)
        #expect { try settings.signer() } throws: { "\($0)".contains("courantd dkim new example.org") }
        _ = try settings.dkimFolder.add(#require(Self.key), as: .signs, ownedAs: settings.keysFile)
        #expect(try settings.signer()?.all.count == 1)
        settings.dkimKeys = nil
        #expect(try settings.signer() == nil)
    }

    @Test func `a key is its owner's alone, and one that others can read is refused`() throws {
        let directory = try TemporaryDirectory()
        let settings = Self.settings(directory)
        let entry = try settings.dkimFolder.add(#require(Self.key), as: .signs, ownedAs: settings.keysFile)
        let mode = try FileManager.default.attributesOfItem(atPath: entry.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: entry.path)
        #expect { try settings.signer() } throws: { "\($0)".contains("chmod 600") }
    }

    @Test func `two keys of a kind for one domain are told of, and what is no key too`() throws {
        let directory = try TemporaryDirectory()
        let settings = Self.settings(directory)
        for selector in ["a", "b"] {
            let key = try #require(DKIMKey(new: .ed25519, domain: "example.org", selector: selector))
            _ = try settings.dkimFolder.add(key, as: .signs, ownedAs: settings.keysFile)
        }
        #expect { try settings.signer() } throws: { "\($0)".contains("Two keys") }
        let file = "\(directory.path)/dkim/b._domainkey.example.org.pem"
        try Data("no key\n".utf8).write(to: URL(filePath: file))
        #expect { try settings.signer() } throws: { "\($0)".contains("is no RSA or Ed25519 key") }
    }

    // MARK: Rotation

    private struct Published: Resolver {
        var texts: [String: String] = [:]
        var isAway = false

        func ask(_ name: String, _ type: DNSType) async -> DNSAnswer {
            isAway ? .unknown : texts[name].map { .found([DNSRecord(.text($0))]) } ?? .noName
        }
    }

    @Test func `a key gets its successor in two steps, when its record is known`() async throws {
        let directory = try TemporaryDirectory()
        let settings = Self.settings(directory)
        func rotate(_ resolver: Published, after wait: Duration, hastily: Bool = false) async throws
            -> DKIMRotation.Step
        {
            try await DKIMRotation(settings, resolver: resolver).rotate(
                "example.org", .rsa, selector: nil, hastily: hastily, at: Date() + wait)
        }
        guard
            case .made(let old, isOn: true) = try DKIMRotation(settings).make(
                .rsa, for: "example.org", selector: "one", at: Self.now),
            case .begun(let next, _) = try await rotate(Published(), after: .zero)
        else { throw TestFailure("no key was made") }
        #expect(try settings.signer()?.all.map(\.selector) == ["one"])
        let published = Published(texts: [next.recordName: next.record])
        for (resolver, wait) in [
            (Published(), Duration.seconds(300_000)), (Published(isAway: true), .seconds(300_000)),
        ] {
            guard case .unpublished = try await rotate(resolver, after: wait) else { throw TestFailure("switched") }
        }
        guard case .waiting = try await rotate(published, after: .seconds(3600)) else { throw TestFailure("switched") }
        guard case .switched(let key, let name, _) = try await rotate(published, after: .seconds(300_000)) else {
            throw TestFailure("did not switch")
        }
        #expect(key.record == next.record && name == old.recordName)
        #expect(try settings.signer()?.all.map(\.record) == [next.record])
        #expect(try settings.dkimFolder.entries().map(\.state).contains(.retired))
        #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/dkim/one._domainkey.example.org.pem"))
    }

    @Test func `a key that others may have is replaced at once`() async throws {
        let directory = try TemporaryDirectory()
        let rotation = DKIMRotation(Self.settings(directory), resolver: Published(isAway: true))
        _ = try rotation.make(.rsa, for: "example.org", selector: nil, at: Self.now)
        #expect { try rotation.make(.rsa, for: "example.org", selector: nil, at: Self.now) } throws: {
            "\($0)".contains("rotate")
        }
        _ = try await rotation.rotate("example.org", .rsa, selector: nil, hastily: true, at: Self.now)
        guard
            case .switched = try await rotation.rotate("example.org", .rsa, selector: nil, hastily: true, at: Self.now)
        else {
            throw TestFailure("did not switch")
        }
    }

    // MARK: Doctor

    private static func dns(_ resolver: any Resolver, _ change: (inout Settings) -> Void) async throws -> [Doctor
        .Finding]
    {
        let directory = try TemporaryDirectory()
        var settings = Settings.sample(URL(filePath: directory.path))
        settings.relay = .local(port: try SMTPProgram.freePort())
        change(&settings)
        let subjects = ["dns", "signing", "mx", "spf", "dmarc", "aligned", "dkim", "answers", "ptr"]
        return await Doctor(settings, resolver: resolver).examine().filter { subjects.contains($0.subject) }
    }

    private struct Forbidden: Resolver {
        func ask(_ name: String, _ type: DNSType) async -> DNSAnswer {
            Issue.record("\(name) was asked for")
            return .noName
        }
    }

    @Test func `nobody is asked about names that are there for examples`() async throws {
        let findings = try await Self.dns(Forbidden()) { _ in }
        #expect(findings.map(\.verdict) == [.well])
        #expect(findings[0].words.contains("example.org"))
    }

    @Test func `a machine without a name server says nothing about what is there`() async throws {
        let findings = try await Self.dns(Published(isAway: true)) { $0.mailFrom = Self.real }
        #expect(findings.map(\.verdict) == [.unknown])
    }

    @Test func `doctor prints the records that are missing`() async throws {
        let findings = try await Self.dns(Published()) { $0.mailFrom = Self.real }
        #expect(findings.filter { $0.verdict == .wrong }.map(\.subject) == ["mx", "spf", "dmarc"])
        #expect(findings.compactMap(\.record?.name) == ["courant.no", "courant.no", "_dmarc.courant.no"])
    }

    private static let real = Correspondent(name: nil, address: EmailAddress(localPart: "news", domain: "courant.no"))

    // MARK: A mail that came

    @Test func `a mail that came is seen as its receivers see it`() async throws {
        let app = try await Self.start()
        try await app.fill(1)
        try await app.launch()
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails.first)
        let key = try #require(Self.key)
        let resolver = Published(texts: [key.recordName: key.record, "_dmarc.example.org": "v=DMARC1; p=none"])
        func look(_ change: (String) -> String) async -> [String] {
            let came =
                "Return-Path: <news@example.org>\nReceived: from relay by mx with ESMTPS (TLS1.3)\n"
                + change(String(decoding: mail.content, as: UTF8.self))
            let saved = Data(came.replacing("\r\n", with: "\n").utf8)
            return await MailExamination(saved, resolver: resolver).look().map { "\($0.subject) \($0.verdict)" }
        }
        #expect(await look { $0 } == ["dkim well", "aligned well", "envelope well", "one-click well", "tls well"])
        #expect(await look { $0.replacing("Hello", with: "Hullo") }.prefix(2) == ["dkim wrong", "aligned wrong"])
        #expect(
            await look { $0.replacing("One-Click", with: "Two-Click") }.prefix(2) == ["dkim wrong", "aligned wrong"])
        let plain = mail.text.replacing("List-Unsubscribe: <https://", with: "List-Unsubscribe: <http://")
        let open = await MailExamination(Data(plain.utf8), resolver: resolver).look().first {
            $0.subject == "one-click"
        }
        #expect(open?.verdict == .wrong && open?.words.contains("http.public-url") == true)
        #expect(
            await MailExamination(Data(mail.content), resolver: Published(isAway: true)).look().map(\.verdict).prefix(2)
                == [.unknown, .unknown])
    }
}
