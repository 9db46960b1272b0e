import CourantTesting
import Fetching
import Foundation
import Logging
import Mail
import Newsletter
import Outbound
import SQLStore
import Testing
import Wiring

/// Bounces as they are fetched from a mailbox at somebody else's server.
@Suite(.timeLimit(.minutes(20))) struct ReportFetcherTests {
    private typealias Mail = IMAPStub.Mail

    @Test func `a bounce counts once and is deleted, what is somebody else's stays`() async throws {
        let app = try await TestApp.withReaders()
        let bounce = try app.bounce("postfix-unknown-user", of: "reader1@d1.example")
        let forged = try app.bounce("postfix-unknown-user", of: "reader2@d2.example", tag: { String($0.reversed()) })
        let stub = try IMAPStub([
            Mail(3, "Subject: lunch?\r\n\r\nAt noon.\r\n"), Mail(5, bounce), Mail(6, bounce), Mail(9, forged),
        ])
        let fetching = app.fetch(from: stub)
        try await app.until { stub.state.mails.map(\.uid) == [3, 9] }
        #expect(try await app.held().held == 1)
        #expect(try await app.courant.campaigns.show(1).returned.map(\.count) == [1])
        await fetching.stop()
    }

    @Test(arguments: ["vacation", "postfix-delayed", "arf-not-spam", "docomo-unknown-without-code", "gmail-dmarc"])
    func `whatever answers a mail of ours is deleted, for it tells who got it`(_ sample: String) async throws {
        let app = try await TestApp.withReaders()
        let stub = try IMAPStub([Mail(1, try app.bounce(sample, of: "reader1@d1.example"))])
        let fetching = app.fetch(from: stub)
        try await app.until { stub.state.mails.isEmpty }
        #expect(try await app.held().held == 0)
        await fetching.stop()
    }

    @Test func `who asks by mail to leave has left, and a report about the gone is deleted too`() async throws {
        let app = try await TestApp.withReaders()
        let head = try #require(app.relay.mails(to: "reader1@d1.example").last?.header("List-Unsubscribe"))
        let address = try #require(head.split(separator: "mailto:").last?.prefix { $0 != "?" })
        let wish = "Return-Path: <reader1@d1.example>\r\nDelivered-To: \(address)\r\nFrom: reader1@d1.example\r\n\r\n"
        let late = try app.bounce("postfix-unknown-user", of: "reader1@d1.example")
        let stub = try IMAPStub([Mail(1, wish), Mail(2, late)])
        let fetching = app.fetch(from: stub)
        try await app.until { stub.state.mails.isEmpty }
        #expect(try await app.find("reader1@d1.example").subscriptions.isEmpty)
        #expect(try await app.courant.campaigns.show(1).returned.map(\.class).sorted() == ["gone", "leave"])
        await fetching.stop()
    }

    @Test(arguments: ["UID STORE", "UID EXPUNGE"])
    func `cut off between writing down and deleting, a report is read again and counts once`(_ step: String)
        async throws
    {
        let app = try await TestApp.withReaders()
        let stub = try IMAPStub([Mail(4, try app.bounce("docomo-unknown-without-code", of: "reader1@d1.example"))]) {
            command, state in
            command.hasPrefix(step) && state.commands.count { $0.hasPrefix(step) } == 1 ? .leave("") : nil
        }
        let fetching = app.fetch(from: stub)
        try await app.until { stub.state.mails.isEmpty }
        #expect(stub.state.commands.count { $0.hasPrefix("UID FETCH") } == 2)
        #expect(try await app.courant.campaigns.show(1).returned.map(\.count) == [1])
        await fetching.stop()
    }

    @Test func `while the store is away reports stay in the mailbox, and then count once`() async throws {
        var app = try await TestApp.withReaders()
        let stub = try IMAPStub([Mail(4, try app.bounce("postfix-unknown-user", of: "reader1@d1.example"))])
        try app.courant.store.close()
        let log = LogLines()
        let fetching = app.fetch(from: stub, log.logger)
        try await app.until { log.text.contains("stands still cause=Reports cannot be written down") }
        await fetching.stop()
        #expect(stub.state.mails.map(\.uid) == [4])
        app = try await app.restart()
        let again = app.fetch(from: stub)
        try await app.until { stub.state.mails.isEmpty }
        #expect(try await app.held().held == 1)
        await again.stop()
    }

    @Test func `of several instances the first reads, and when it is gone the next`() async throws {
        let apps = try await TestApp.company(of: 2)
        let stub = try IMAPStub([Mail(1, "Subject: lunch?\r\n\r\n")])
        let first = try #require(apps.first { $0.courant.store.share.index == 0 })
        let second = try #require(apps.first { $0.courant.store.share.index == 1 })
        let fetching = [first.fetch(from: stub, as: "first"), second.fetch(from: stub, as: "second")]
        try await first.until { stub.state.commands.count { $0.hasPrefix("EXAMINE") || $0.hasPrefix("SELECT") } > 3 }
        #expect(stub.users == ["first"])
        await fetching[0].stop()
        try first.courant.store.close()
        try await second.until { stub.users == ["first", "second"] }
        await fetching[1].stop()
    }

    @Test func `that a mailbox cannot be read is told once, and once that it can be again`() async throws {
        let app = try await TestApp.start()
        let stub = try IMAPStub([]) { command, state in
            command.hasPrefix("SELECT") && state.validity == 7 ? .say("TAG NO [NONEXISTENT] no such mailbox\r\n") : nil
        }
        let log = LogLines()
        let fetching = app.fetch(from: stub, log.logger)
        try await app.until { stub.state.commands.count { $0.hasPrefix("SELECT") } > 5 }
        stub.change { $0.validity = 8 }
        try await app.until { log.text.contains("goes on") }
        await fetching.stop()
        let lines = log.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 3 && lines[0].hasPrefix("info reading a mailbox for reports"))
        #expect(
            lines[1].hasPrefix("warning reading the mailbox for reports stands still")
                && lines[1].contains("bounces.mailbox.folder"))
        #expect(lines[2].hasPrefix("notice reading the mailbox for reports goes on"))
    }

    @Test func `the doctor says whether we are signed in, and how many mails there are`() async throws {
        let stub = try IMAPStub([Mail(1, "a"), Mail(2, "b")])
        let found = try await mailbox(stub) { _ in }
        #expect(found.verdict == .well && found.words.contains("in the clear, signed in, 2 mails in it"))
        #expect(stub.state.mails.count == 2 && !stub.state.commands.contains { $0.hasPrefix("SELECT") })
        let away = try await mailbox(stub) { $0.requiresTLS = true }
        #expect(away.verdict == .wrong && away.words.contains("it offers no STARTTLS"))
    }

    private func mailbox(
        _ stub: IMAPStub, _ change: (inout MailboxConfiguration) -> Void
    ) async throws -> Doctor.Finding {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        var settings = Settings.sample(directory)
        var mailbox = MailboxConfiguration.local(.imap, stub.port)
        change(&mailbox)
        settings.bouncesMailbox = mailbox
        return try #require(await Doctor(settings).examine().first { $0.subject == "mailbox" })
    }
}

extension IMAPStub {
    /// Who has signed in.
    fileprivate var users: Set<String> {
        Set(
            state.commands.filter { $0.hasPrefix("AUTHENTICATE PLAIN ") }.compactMap { command in
                let said = Data(base64Encoded: String(command.dropFirst("AUTHENTICATE PLAIN ".count))) ?? Data()
                return said.split(separator: 0).first.map { String(decoding: $0, as: UTF8.self) }
            })
    }
}

/// A service at work.
private struct Fetching {
    let task: Task<Void, Never>

    func stop() async {
        task.cancel()
        await task.value
    }
}

extension TestApp {
    /// Thirty, who have a campaign behind them.
    fileprivate static func withReaders() async throws -> TestApp {
        let app = try await TestApp.start {
            $0.mailBounceDomain = "bounces.example.org"
            $0.bouncesMailbox = MailboxConfiguration(
                address: MailboxAddress(scheme: .imaps, host: "localhost"), user: "x", secret: .password("x"))
        }
        try await app.fill(addresses: (0..<30).map { "reader\($0)@d\($0).example" })
        try await app.launch()
        try await app.deliverAllMail()
        return app
    }

    fileprivate func fetch(
        from stub: IMAPStub, _ logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        as user: String = "courant"
    ) -> Fetching {
        let fetcher = ReportFetcher(
            mailbox: .local(.imap, stub.port, as: user), inbox: courant.inbox, store: courant.store, logger: logger)
        return Fetching(task: Task { _ = try? await fetcher.run() })
    }

    /// What comes back of the newest mail to that address.
    fileprivate func bounce(
        _ name: String, of address: String, tag change: (Substring) -> String = { String($0) }
    ) throws -> String {
        let mail = try #require(relay.mails(to: address).last)
        let tag = try #require(mail.sender).dropFirst("bounce+".count).prefix { $0 != "@" }
        let file = URL.repository.appending(path: "Tests/Samples/reports/\(name).eml")
        return try String(contentsOf: file, encoding: .utf8).replacingOccurrences(of: "+TAG@", with: "+\(change(tag))@")
            .replacingOccurrences(of: "ann@example.com", with: address)
            .replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\n", with: "\r\n")
    }
}
