#if os(Linux)
    import CourantTesting
    import Foundation
    import Outbound
    import Testing

    /// The real programs on a machine whose time of day somebody sets, and whose uptime goes on.
    @Suite(.timeLimit(.minutes(20)), .enabled(if: SetClock.canBeMade, "there is no C compiler here"))
    struct CourantdClockTests {
        private static let days = 86_400

        /// Three people whose term is thirty days, and one who has not confirmed.
        private func withPeople(_ body: (Host, SetClock) async throws -> Void) async throws {
            try await Host.with { host in
                let clock = try await SetClock.make(in: host.home)
                host.set(["http.port": "\(try Socket.freePort())"])
                try await host.serve(environment: clock.environment)
                try await host.furnish()
                for name in ["ann", "bo", "cy"] { try await host.subscribe("\(name)@example.org") }
                #expect(try await host.signUp("di@example.org").status == 303)
                #expect(try await host.courant("list", "edit", "news", "--keep", "30d").code == 0)
                try await body(host, clock)
            }
        }

        private func expectEverybody(_ host: Host, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let list = try await host.courant("list", "show", "news", "--json")
            #expect(list.out.contains("\"active\":3"), "\(list.out)\(list.err)", sourceLocation: sourceLocation)
            #expect(list.out.contains("\"pending\":1"), "\(list.out)", sourceLocation: sourceLocation)
        }

        @Test(arguments: [60, -20_000]) func `a time of day that is set soon after the start ends nobody`(_ jump: Int)
            async throws
        {
            try await withPeople { host, clock in
                try clock.set(jump * Self.days)
                let sweep = try await host.courant("retention", "run", "--json")
                #expect(sweep.code == 0 && sweep.out.contains("\"ended\":0"), "\(sweep.out)\(sweep.err)")
                #expect(sweep.out.contains("\"expired\":0"), "\(sweep.out)")
                try await expectEverybody(host)
            }
        }

        @Test(arguments: [(60, "later"), (800, "later"), (-20_000, "earlier")])
        func `a machine that boots at another time serves, says so, and ends nobody`(_ jump: Int, _ word: String)
            async throws
        {
            try await withPeople { host, clock in
                let first = try #require(host.running.first)
                first.signal(SIGTERM)
                _ = try await first.ended()
                try clock.set(jump * Self.days)
                let service = try await host.serve(environment: clock.environment)
                try await eventually("it is said") { service.saidOut.contains("the clock may be wrong") }
                #expect(service.saidOut.contains(word) && !service.saidOut.contains(#""event":"swept""#))
                #expect(try await host.get("/readyz").status == 200)
                let doctor = try await host.courantd("doctor", environment: clock.environment)
                #expect(
                    doctor.code == 1 && doctor.out.contains("✗ clock") && doctor.out.contains(word), "\(doctor.out)")
                let run = try await host.courantd("retention", "run", environment: clock.environment)
                #expect(run.code == 2 && run.err.contains("retention release --clock"), "\(run.out)\(run.err)")

                // It is put right, and everything goes on.
                try clock.set(0)
                try await expectEverybody(host)
                let sweep = try await host.courant("retention", "run", "--json")
                #expect(sweep.code == 0 && sweep.out.contains("\"ended\":0"), "\(sweep.out)\(sweep.err)")
                try await expectEverybody(host)
            }
        }

        @Test func `a person on the host may say that the time is right`() async throws {
            try await withPeople { host, clock in
                try clock.set(60 * Self.days)
                let release = try await host.courantd(
                    "retention", "release", "--clock", environment: clock.environment)
                #expect(release.code == 0, "\(release.err)")
                let sweep = try await host.courant("retention", "run", "--json")
                // The service's own sweep may have come first.
                let list = try await host.courant("list", "show", "news", "--json")
                let isOver = list.out.contains("\"active\":0") && list.out.contains("\"pending\":0")
                #expect(sweep.code == 0 && isOver, "\(sweep.out)\(list.out)")
                let audit = try await host.courant("audit", "tail")
                #expect(audit.out.contains("retention.release"), "\(audit.out)")
            }
        }
    }

    /// A library that stands before the C library's clocks, and a file that says how far they are off.
    struct SetClock {
        private static let compiler = "/usr/bin/cc"
        static var canBeMade: Bool { FileManager.default.isExecutableFile(atPath: compiler) }

        private let library: URL
        private let offset: URL

        var environment: [String: String] { ["LD_PRELOAD": library.path, "CLOCK_SHIM_FILE": offset.path] }

        /// Seconds.
        func set(_ seconds: Int) throws {
            let file = try FileHandle(forWritingTo: offset)
            try file.write(contentsOf: withUnsafeBytes(of: Int64(seconds)) { Data($0) })
            try file.close()
        }

        static func make(in home: URL) async throws -> SetClock {
            let clock = SetClock(
                library: home.appending(path: "clock.so"), offset: home.appending(path: "clock.offset"))
            try Data(count: 8).write(to: clock.offset)
            let source = URL.repository.appending(path: "Benchmarks/clock-shim.c")
            let made = try await Program(
                compiler, ["-shared", "-fPIC", "-O1", "-o", clock.library.path, source.path], in: home
            ).ended()
            try #require(made.code == 0, "\(made.err)")
            return clock
        }
    }
#endif
