import CourantTesting
import Foundation
import Outbound
import Testing

/// Moving house as whoever runs the host does it: stop, move, point the settings there, start.
@Suite(.timeLimit(.minutes(20))) struct CourantdMoveTests {
    @Test(.ofTheFile) func `to PostgreSQL and back: an old link unsubscribes at either place`() async throws {
        try await Host.with { host in
            let place = try await PostgresCluster.shared.database().url
            var service = try await host.serve()
            try await host.furnish()
            for name in ["ann", "bo"] { try await host.subscribe("\(name)@example.org", name: "Zebedee") }
            let old = "sqlite:\(host.database.path)"
            #expect(try await host.courantd("move", "--from", old, "--to", place).err.contains("stop it first"))
            service = try await move(host, service, from: old, to: place)
            try await leave("ann", host)
            let back = "sqlite:\(host.data.path)/back.db"
            service = try await move(host, service, from: place, to: back)
            try await leave("bo", host)
            for url in [old, place] {
                host.set(["store.url": "\"\(url)\""])
                let end = try await host.launch().ended()
                #expect(end.code == 1 && end.err.contains("have moved to"), "\(end.err)")
            }
        }
    }

    private func leave(_ name: String, _ host: Host) async throws {
        let link = try #require(try await host.mail(to: "\(name)@example.org", 2).oneClick)
        #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
    }

    /// `--to` is what the settings say by then.
    private func move(_ host: Host, _ service: Program, from origin: String, to place: String) async throws -> Program {
        service.signal(SIGTERM)
        #expect(try await service.ended().code == 0)
        host.set(["store.url": "\"\(place)\"", "keys.file": host.keys.path])
        let moved = try await host.courantd("move", "--from", origin)
        #expect(moved.code == 0, "\(moved.err)")
        #expect(moved.out.contains("subscription    ") && moved.out.contains("same"), "\(moved.out)")
        #expect(moved.err.contains("is not served any more") && !moved.err.contains("\u{1B}"), "\(moved.err)")
        return try await host.serve()
    }

    @Test(.ofTheFile) func `killed at any moment, it goes on where it was`() async throws {
        try await Host.with { host in
            let place = try await PostgresCluster.shared.database().url
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            let line = ["move", "--from", "sqlite:\(host.database.path)", "--to", place]
            for moment in 1...12 {
                let settings = ["--config", try host.writeSettings()]
                let program = try Program(Program.built("courantd"), line + settings, in: host.home)
                try await Task.sleep(for: .milliseconds(20 * moment))
                program.signal(SIGKILL)
                _ = try await program.ended()
            }
            let end = try await host.courantd(line[0], line[1], line[2], line[3], line[4])
            #expect(end.code == 0 || end.err.contains("have moved to"), "\(end.err)")
            host.set(["store.url": "\"\(place)\"", "keys.file": host.keys.path])
            try await host.serve()
            try await leave("ann", host)
        }
    }

    @Test func `an address that is none is a word in the wrong place`() async throws {
        try await Host.with { host in
            let run = try await host.courantd("move", "--from", "mysql://hush@db/news")
            #expect(run.code == 64 && run.err.contains("--from is neither sqlite:PATH") && !run.err.contains("hush"))
        }
    }
}
