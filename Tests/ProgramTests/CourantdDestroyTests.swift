import CourantTesting
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct CourantdDestroyTests {
    @Test func `all that is kept goes at the word of whoever knows how much it is, and nothing before`()
        async throws
    {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org", name: "Ann")
            let early = try await host.courantd("destroy", "--yes", "--expect", "1")
            #expect(early.code == 1 && early.err.contains("stop"), "\(early.err)")
            service.signal(SIGTERM)
            _ = try await service.ended()
            for line in [["destroy"], ["destroy", "--yes", "--expect", "2"]] {
                let refused = try await host.courantd(line)
                #expect(refused.code == 2 && refused.err.contains("Nothing was destroyed"), "\(refused.err)")
            }
            #expect(try await host.courantd("destroy", "--yes").code == 64)
            #expect(FileManager.default.fileExists(atPath: host.keys.path))
            let end = try await host.courantd("destroy", "--yes", "--expect", "1")
            #expect(end.code == 0, "\(end.err)")
            #expect(!FileManager.default.fileExists(atPath: host.keys.path))
            for suffix in ["", "-wal", "-shm", ".lock", ".erasures"] {
                #expect(!FileManager.default.fileExists(atPath: host.database.path + suffix), "\(suffix)")
            }
            #expect(try await host.courantd("upgrade", "--check").out.contains("There is no database yet"))
            try await host.serve()
        }
    }
}
