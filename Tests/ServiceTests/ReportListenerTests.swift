import CourantTesting
import Foundation
import Logging
import Mailbox
import Newsletter
import SQLStore
import Testing
import Wiring

/// Bounces as a mail server hands them over.
@Suite struct ReportListenerTests {
    @Test func `while the store is away the mail server is told to come again, and then it counts once`() async throws {
        var app = try await TestApp.start { $0.mailBounceDomain = "bounces.example.org" }
        let place = try #require(LMTPAddress(app.directory.appending(path: "lmtp").path))
        try await app.fill(addresses: (0..<30).map { "reader\($0)@d\($0).example" })
        try await app.launch()
        try await app.deliverAllMail()
        let sent = try #require(app.relay.mails(to: "reader1@d1.example").last)
        let file = URL.repository.appending(path: "Tests/Samples/reports/postfix-unknown-user.eml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let bounce = Array(text.replacingOccurrences(of: "ann@example.com", with: "reader1@d1.example").utf8)
        let listening = try await app.listen(at: place)
        try app.courant.store.close()
        #expect(await Courant.report(bounce, from: "", to: sent.sender, at: place) == .later)
        listening.cancel()
        await listening.value
        #expect(await Courant.report(bounce, from: "", to: sent.sender, at: place) == .later, "nobody listens")
        app = try await app.restart()
        let again = try await app.listen(at: place)
        for _ in 0..<3 { #expect(await Courant.report(bounce, from: "", to: sent.sender, at: place) == .taken) }
        #expect(await Courant.report(bounce, from: "", to: "nobody@bounces.example.org", at: place) == .taken)
        #expect(try await app.held().held == 1)
        #expect(try await app.courant.campaigns.show(1).returned.map(\.count) == [1])
        again.cancel()
        await again.value
    }

    @Test(arguments: [
        ("127.0.0.1:2424", true), ("[::1]:2424", true), ("localhost:0", true), ("/run/courant/lmtp", true),
        ("0.0.0.0:2424", false), ("192.0.2.1:2424", false), ("2424", false), ("run/lmtp", false),
        ("127.0.0.1:70000", false), ("/" + String(repeating: "x", count: 120), false),
    ])
    func `only this machine's mail server may come`(_ text: String, _ isTaken: Bool) {
        #expect((LMTPAddress(text) != nil) == isTaken)
    }
}

extension TestApp {
    func listen(at place: LMTPAddress) async throws -> Task<Void, Never> {
        let listener = ReportListener(
            place: place, inbox: courant.inbox, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let task = Task { _ = try? await listener.run() }
        try await until { FileManager.default.fileExists(atPath: place.description) }
        return task
    }
}
