import CourantTesting
import Fetching
import Foundation
import Newsletter
import Testing

@testable import Wiring

/// `bounces.mailbox.*`: what is taken, and what is told.
@Suite struct SettingsOfTheMailboxTests {
    private let folder: TemporaryDirectory
    private let secret: String

    init() throws {
        folder = try TemporaryDirectory()
        secret = "\(folder.path)/secret"
        try Data("correct horse\n".utf8).write(to: URL(filePath: secret))
        chmod(secret, 0o600)
    }

    private func read(_ changes: [String: String?]) async throws -> Settings {
        let whole = [
            "url": "imaps://mail.example.org", "user": "bounce@example.org", "password-file": secret,
        ].merging(changes) { $1 }
        var keys: [String: String?] = ["mail.bounce-domain": "bounces.example.org"]
        for (key, value) in whole { keys[key.contains(".") ? key : "bounces.mailbox.\(key)"] = value }
        return try await SettingsTests.read(keys).0
    }

    @Test func `a mailbox is taken as it is written`() async throws {
        let settings = try await read([:])
        let mailbox = try #require(settings.bouncesMailbox)
        #expect(mailbox.address.description == "imaps://mail.example.org:993" && mailbox.requiresTLS)
        #expect(mailbox.user == "bounce@example.org" && mailbox.secret == .password("correct horse"))
        #expect(mailbox.folder == "INBOX" && mailbox.interval == .seconds(60))
        #expect(settings.publisher.takesMail && settings.remarks.isEmpty)
        let other = try await read([
            "url": "pop3://127.0.0.1:2110", "tls": "off", "folder": "Rückläufer", "every": "10m", "password-file": nil,
            "token-file": secret,
        ]).bouncesMailbox
        #expect(other?.address.description == "pop3://127.0.0.1:2110" && other?.requiresTLS == false)
        #expect(other?.folder == "Rückläufer" && other?.interval == .seconds(600))
        #expect(other?.secret == .tokenFile(secret))
        #expect(try await SettingsTests.read().0.bouncesMailbox == nil)
    }

    private static let asking: [String: String?] = [
        "complaints.cfbl-address": "true", "mail.bounce-domain": "bounces.example.org",
        "dkim.keys": "/var/lib/courant/dkim",
        "bounces.lmtp": "127.0.0.1:2424",
    ]

    @Test func `complaints are asked for where they can be read, and the request signed`() async throws {
        #expect(try await SettingsTests.read(Self.asking).0.publisher.asksForComplaints)
        #expect(try await !SettingsTests.read().0.publisher.asksForComplaints)
        let own = try await read(Self.asking.merging(["bounces.lmtp": nil]) { $1 })
        #expect(own.asksForComplaints, "a mailbox is a door, too")
        #expect { try own.signer() } throws: { "\($0)".contains("courantd dkim new example.org") }
    }

    @Test(
        arguments: [
            (["bounces.lmtp": nil], "needs bounces.lmtp or bounces.mailbox"), (["dkim.keys": nil], "needs dkim.keys"),
            (["mail.bounce-domain": "bounces.example.net"], "bounces.example.net is not"),
            (["mail.from": "News <news@lists.example.org>"], "lists.example.org or below it"),
            (["complaints.cfbl-address": "perhaps"], "true, false"),
        ] as [([String: String?], String)])
    func `complaints that nobody would send are not asked for`(_ changes: [String: String?], because: String)
        async throws
    {
        await #expect {
            _ = try await SettingsTests.read(Self.asking.merging(changes) { $1 })
        } throws: {
            "\($0)".contains(because) && "\($0)".contains("complaints.cfbl-address")
        }
    }

    @Test func `a password that others can read is remarked on`() async throws {
        chmod(secret, 0o644)
        let remarks = try await read([:]).remarks.map(\.words)
        #expect(remarks.count == 1 && remarks[0].hasPrefix("bounces.mailbox.password-file"))
    }

    @Test(
        arguments: [
            (["url": "https://mail.example.org"], "is not imaps://host"),
            (["url": nil], "is missing: where is the mailbox?"),
            (["user": nil], "are needed to sign in"), (["password-file": nil], "are needed to sign in"),
            (["password-file": "/nowhere/at/all"], "is not there"),
            (["token-file": "/etc/hostname"], "a password or a token"),
            (["tls": "off"], "off is for a server on this host alone; mail.example.org is another"),
            (["tls": "maybe"], "is not required or off"), (["every": "1s"], "is not a time"),
            (["folder": "a\u{1}b"], "is not the name of a folder"), (["ca-file": "/nowhere/at/all"], "is not there"),
            (["mail.bounce-domain": nil], "needs mail.bounce-domain"),
        ] as [([String: String?], String)])
    func `what is wrong is told, and why`(_ changes: [String: String?], _ because: String) async throws {
        let failure = await #expect(throws: SettingsProblems.self) { _ = try await read(changes) }
        let problems = try #require(failure).problems
        #expect(problems.count == 1 && problems[0].contains(because), "\(problems)")
    }
}
