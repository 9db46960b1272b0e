import CourantTesting
import Foundation
import Outbound
import Testing

/// Backups and keys as whoever runs the host handles them: the built programs, a running service, and kill -9.
@Suite(.timeLimit(.minutes(20))) struct CourantdVaultTests {
    private func expectActive(_ count: Int, _ host: Host) async throws {
        // The service has come back on another port.
        let login = try await host.courant("login", host.url, "--token-stdin", stdin: host.token)
        try #require(login.code == 0, "\(login.err)")
        let shown = try await host.courant("list", "show", "news", "--json")
        let list = try JSONDecoder().decode(Shown.self, from: Data(shown.out.utf8))
        #expect(list.active == count, "\(shown.out) \(shown.err)")
    }

    private struct Shown: Decodable {
        let active: Int
    }

    @Test(.ofTheFile) func `backup, erasure, restore: the person stays away, and old links work`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe("zebedee@canary-domain.example", name: "Zebedee Quuxworth")
            try await host.subscribe("ann@example.org", name: "Ann")
            let link = try #require(try await host.mail(to: "zebedee@canary-domain.example", 2).oneClick)
            let backup = host.home.appending(path: "monday.backup").path
            let made = try await host.courantd("backup", backup)
            #expect(made.code == 0 && made.out.contains("2 subscriptions, 1 lists"), "\(made.out) \(made.err)")
            #expect(made.err.contains("courant.keys somewhere else"))
            #expect(try await host.courantd("backup", backup).err.contains("nothing is overwritten"))
            #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
            // Right behind the answer.
            service.signal(SIGKILL)
            #expect(try await service.ended().code == -SIGKILL)
            let refused = try await host.courantd("restore", backup)
            #expect(refused.code == 1 && refused.err.contains("--replace"), "\(refused.err)")
            let restored = try await host.courantd("restore", backup, "--replace")
            #expect(
                restored.code == 0 && restored.out.contains("1 of them erased again"), "\(restored.out) \(restored.err)"
            )
            try await host.serve()
            #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
            try await expectActive(1, host)
            try ByteSearch(host.data).expectNothing(of: ["zebedee", "canary-domain", "Quuxworth"])
            let other = try #require(try await host.mail(to: "ann@example.org", 2).oneClick)
            #expect(try await host.post(other, CourantdWalkTests.oneClick).status == 200)
            try await expectActive(0, host)
        }
    }

    @Test(.ofTheFile) func `a backup that was copied over the database is not served`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            let backup = host.home.appending(path: "backup").path
            #expect(try await host.courantd("backup", backup).code == 0)
            let link = try #require(try await host.mail(to: "ann@example.org", 2).oneClick)
            #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            try FileManager.default.removeItem(at: host.database)
            try FileManager.default.copyItem(atPath: backup, toPath: host.database.path)
            let end = try await host.launch().ended()
            #expect(end.code == 1 && end.err.contains("courantd restore"), "\(end.err)")
            let mended = try await host.courantd("restore", host.database.path, "--replace")
            #expect(mended.code == 0 && mended.out.contains("1 of them erased again"), "\(mended.err)")
            try await host.serve()
            try await expectActive(0, host)
        }
    }

    @Test func `keys are rotated under a running service, also by commands that are killed`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            for number in 0..<8 { try await host.subscribe("reader\(number)@example.org") }
            let link = try #require(try await host.mail(to: "reader0@example.org", 2).oneClick)
            for pause in [20, 60, 150, 400, 900] {
                let settings = try host.writeSettings()
                let rotating = try Program(
                    Program.built("courantd"), ["keys", "rotate", "--config", settings], in: host.home)
                try await Task.sleep(for: .milliseconds(pause))
                rotating.signal(SIGKILL)
                _ = try await rotating.ended()
                #expect(try await host.signUp("between\(pause)@example.org").status == 303)
                _ = try await host.mail(to: "between\(pause)@example.org", 1)
            }
            let done = try await host.courantd("keys", "rotate")
            #expect(done.code == 0 && done.out.contains("The older key is destroyed"), "\(done.out) \(done.err)")
            let keys = try String(contentsOf: host.keys, encoding: .utf8)
            #expect(keys.matches(of: /"\d+" : "[^"]{44}"/).count == 2, "one to seal, one for links")
            let issue = host.home.appending(path: "issue.md")
            try Data(TestApp.issue.utf8).write(to: issue)
            let sent = try await host.courant("send", issue.path, "--list", "news", "--yes", "--expect-recipients", "8")
            #expect(sent.code == 0, "\(sent.err)")
            #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
            #expect(try await host.courant("list", "show", "news", "--json").out.contains("\"active\":7"))
            let running = try #require(host.running.first)
            running.signal(SIGTERM)
            #expect(try await running.ended().code == 0)
            try await host.serve()
            #expect(try await host.signUp("after@example.org").status == 303)
            _ = try await host.mail(to: "after@example.org", 1)
        }
    }
}
