import CourantTesting
import Foundation
import Outbound
import Testing

/// Copies that a timer makes, each tried by a restore.
@Suite(.timeLimit(.minutes(20))) struct CourantdBackupTests {
    private static func backup(_ host: Host, into folder: URL) async throws -> CourantRun {
        try await host.courantd("backup", "--into", folder.path, "--keep", "1", "--verify")
    }

    private static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test(.ofTheFile) func `a copy is restored for a trial beside the running service, and nothing of that stays`()
        async throws
    {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            let folder = host.home.appending(path: "copies")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            let run = try await Self.backup(host, into: folder)
            #expect(run.code == 0 && run.out.contains("restored for a trial: 1 subscriptions, 0 erased"), "\(run.err)")
            let names = try Self.names(in: folder)
            #expect(names.count == 1 && names[0].hasSuffix(".backup"), "\(names)")
            #expect(try await host.get("/readyz").status == 200)
        }
    }

    @Test(.ofTheFile) func `older copies stay where the new one cannot be restored`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            let folder = host.home.appending(path: "copies")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            let old = "courant-20200101T000000Z.backup"
            try Data("old".utf8).write(to: folder.appending(path: old))
            let code =
                "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('CREATE VIEW v AS SELECT 1'); c.commit()"
            let python = try Program("/usr/bin/python3", ["-c", code, host.database.path], in: host.home)
            #expect(try await python.ended().code == 0)
            let run = try await Self.backup(host, into: folder)
            #expect(run.code == 1 && run.err.contains("view v"), "\(run.err)")
            #expect(try Self.names(in: folder).contains(old) && !Self.names(in: folder).contains(".courant-trial"))
        }
    }
}
