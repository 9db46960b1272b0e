import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Newsletter
import Testing
import Wiring

@testable import Web

@Suite struct WebRetentionTests {
    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value), as: UTF8.self)
    }

    @Test func `a page with one button keeps, and looking at it does not`() async throws {
        let web = try await WebApp.start()
        try await web.app.keep(RetentionRules(terms: [.subscriber: 365], remindDays: 28))
        try await web.app.subscribe("ann@example.org", name: "Ann")
        web.app.passDays(350)
        _ = try await web.app.courant.retention.sweep()
        try await web.app.deliverAllMail()
        let token = try #require(web.app.relay.mails.last?.token(after: "/keep/"))
        for _ in 1...2 {
            let page = try await web.ask(.get, "/keep/\(token)")
            #expect(page.status == .ok && page.has("<form method=\"post\"") && !page.has("Ann") && !page.has("ann@"))
            #expect(page.headers[.init("X-Robots-Tag") ?? .contentType] == "noindex, nofollow")
        }
        web.app.passDays(14)
        let kept = try await web.form("/keep/\(token)", "")
        #expect(kept.status == .ok && kept.has("Example News"))
        web.app.passDays(300)
        #expect(try await web.app.courant.retention.sweep().ended == 0)
        web.app.passDays(66)
        #expect(try await web.app.courant.retention.sweep().ended == 1)
        #expect(try await web.ask(.get, "/keep/\(token)").status == .gone)
        #expect(try await web.form("/keep/\(token)", "").status == .gone)
        #expect(
            try await web.ask(.get, "/keep/\(token.dropLast())\(token.last == "A" ? "B" : "A")").status == .notFound)
    }

    @Test func `rules are set with the list, shown and swept`() async throws {
        let web = try await WebApp.start()
        var eva = try await web.token("Eva", .admin)
        eva[.contentType] = "application/json"
        let change = Array(#"{"retention":{"subscriber_days":365,"prospect_days":730,"remind_days":28}}"#.utf8)
        let list: ListInfo = try await web.ask(.patch, "/api/v1/lists/news", eva, change).decoded()
        #expect(list.retention == RetentionInfo(subscriberDays: 365, prospectDays: 730, remindDays: 28, closedDays: 30))
        let off = Array(#"{"retention":{"prospect_days":0}}"#.utf8)
        #expect(
            try await web.ask(.patch, "/api/v1/lists/news", eva, off).decoded(ListInfo.self).retention.prospectDays
                == nil)
        try await web.app.subscribe("ann@example.org")
        web.app.passDays(80)
        let contact = try Self.text(NoteContact(address: "ann@example.org"))
        let noted = try await web.json("/api/v1/subscribers/contact", contact, web.token("Pia", .privacy))
        #expect(try noted.decoded(ChangedInfo.self).changed == 1, "\(noted.text)")
        web.app.passDays(9)
        let shown: HoldingsInfo = try await web.ask(.get, "/api/v1/retention", web.token("Vi", .viewer)).decoded()
        #expect(shown.holdings.map(\.records) == [1] && shown.holdings[0].days == 365 && shown.holdings[0].overdue == 0)
        #expect(shown.holdings[0].rule == "until unsubscribed, at most 365 days after the latest activity")
        web.app.passDays(356, and: .seconds(1))
        let pia = try await web.token("Pim", .privacy)
        let rehearsed: SweepInfo = try await web.json("/api/v1/retention/run", #"{"dry_run":true}"#, pia).decoded()
        #expect(rehearsed.ended == 1 && rehearsed.dryRun)
        let swept: SweepInfo = try await web.json("/api/v1/retention/run", #"{"dry_run":false}"#, pia).decoded()
        #expect(swept.ended == 1)
    }

    @Test func `openssl alone can tell a statement of ours from a forged one`() async throws {
        let web = try await WebApp.start()
        try await web.app.keep(RetentionRules(terms: [.subscriber: 365]))
        try await web.app.subscribe("ann@example.org")
        let attestation: AttestationInfo = try await web.ask(
            .post, "/api/v1/retention/attest", web.token("Eva", .admin)
        ).decoded()
        #expect(
            attestation.statement.contains(
                "List news, subscriber: 1 kept, 0 restricted, oldest 2026-01-06T12:00:00Z, 0 overdue"))
        #expect(!attestation.statement.contains("ann") && attestation.overdue == 0)
        #expect(try Self.verify(attestation.statement, attestation.publicKey))
        #expect(
            try !Self.verify(attestation.statement.replacing("2026-01-06", with: "2026-01-07"), attestation.publicKey))
    }

    /// As `courant help retention attest` says it.
    private static func verify(_ statement: String, _ key: String) throws -> Bool {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data((statement + "\n").utf8).write(to: directory.appending(path: "statement.txt"))
        try Data(key.utf8).write(to: directory.appending(path: "key.pem"))
        let shell = Subprocess(
            "/bin/sh",
            [
                "-ec",
                """
                sed '$d' statement.txt > message
                sed -n '$s/^Signature: //p' statement.txt | tr -- '-_' '+/' | sed 's/$/==/' | base64 -d > signature
                openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature > /dev/null 2>&1
                """,
            ])
        shell.line.currentDirectoryURL = directory
        try shell.start()
        shell.waitUntilExit()
        return shell.terminationStatus == 0
    }

    @Test func `a file is imported over HTTP, once for its key`() async throws {
        let web = try await WebApp.start()
        var pia = try await web.token("Pia", .privacy)
        pia[.contentType] = "text/csv"
        let (path, file) = (
            "/api/v1/imports?list=news&basis=consent&source=our%20fair", Array("email\nann@example.org\n".utf8)
        )
        #expect(try await web.ask(.post, path, pia, file).problem?.word == "idempotency-key-missing")
        let rehearsed: ImportInfo = try await web.ask(.post, path + "&dry_run=true", pia, file).decoded()
        #expect(rehearsed.state == "rehearsed" && rehearsed.imported == 1 && rehearsed.id == nil)
        pia[.idempotencyKey] = "k"
        let taken = try await web.ask(.post, path, pia, file)
        let accepted: ImportInfo = try taken.decoded()
        #expect(taken.status == .accepted && accepted.state == "accepted" && accepted.rows == 1)
        try await web.app.courant.imports.work()
        let again: ImportInfo = try await web.ask(.post, path, pia, file).decoded()
        #expect(again.id == accepted.id && again.state == "done" && again.takenAt != nil)
        #expect(again.imported == 0 && again.known == 1 && again.pending == 1)
        let now: ImportInfo = try await web.ask(.get, "/api/v1/imports/\(accepted.id ?? "")", pia).decoded()
        #expect(now.imported == 1 && now.takenAt == nil)
        #expect(try await web.ask(.post, path, pia, Array("email\n".utf8)).problem?.word == "idempotency-key-reused")
        pia[.idempotencyKey] = "l"
        let bad = try await web.ask(.post, path, pia, Array("email\nann@@example.org\n".utf8))
        #expect(bad.status == .unprocessableContent && bad.problem?.word == "import" && !bad.has("ann@"))
        #expect(bad.problem?.errors?.first?.field == "line 2")
        for wrong in [
            "list=none&basis=consent&source=x", "list=news&basis=x&source=x", "list=news&basis=consent",
            "list=news&basis=consent&source=x&class=x",
        ] {
            pia[.idempotencyKey] = wrong
            let status = try await web.ask(.post, "/api/v1/imports?" + wrong, pia, file).status
            #expect(status == .unprocessableContent || status == .notFound)
        }
        pia[.contentType] = "application/json"
        #expect(try await web.ask(.post, path, pia, file).status == .unsupportedMediaType)
    }
}
