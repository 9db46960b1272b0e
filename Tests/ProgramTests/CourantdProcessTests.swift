import CourantTesting
import Foundation
import Outbound
import Testing

/// What befalls a process: signals, a log that nobody reads, limits, a crash, a port or a database that is not there.
@Suite(.timeLimit(.minutes(20))) struct CourantdProcessTests {
    @Test(arguments: [SIGUSR1, SIGUSR2]) func `a signal that asks for something else ends nothing, and is said`(
        _ number: Int32
    ) async throws {
        try await Host.with { host in
            let service = try await host.serve()
            service.signal(number)
            try await eventually("it is said") { service.saidOut.contains("a signal that changes nothing") }
            service.signal(number)
            #expect(try await host.get("/readyz").status == 200)
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
    }

    @Test func `SIGQUIT is a stop like SIGTERM`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            service.signal(SIGQUIT)
            let end = try await service.ended()
            #expect(end.code == 0 && end.out.contains(#""event":"stopped""#) && end.err == "")
        }
    }

    // MARK: The log

    @Test func `a log that nobody reads holds nobody up, and none of it is missing when it is read at last`()
        async throws
    {
        try await Host.with { host in
            let (pipe, port) = (host.home.appending(path: "log"), try Socket.freePort())
            #expect(mkfifo(pipe.path, 0o600) == 0)
            host.set(["http.port": "\(port)", "log.level": "info"])
            // Open at both ends, so that neither waits for the other, and nobody reads.
            let reader = open(pipe.path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            defer { close(reader) }
            let service = try host.launch(wrapping: ["/bin/sh", "-c", #"exec "$@" > "$0""#, pipe.path])
            host.take(port: port)
            try await eventually("it listens", within: .seconds(90)) { Socket.listens(port) }
            for _ in 0..<1_000 { #expect(try await host.get("/livez").status == 200) }
            service.signal(SIGTERM)
            try await eventually("nobody is let in any more") { (try? await host.get("/livez")) == nil }
            var log = Data()
            try await eventually("it ends") {
                log += Self.take(reader)
                return service.code != nil
            }
            log += Self.take(reader)
            let lines = String(decoding: log, as: UTF8.self).split(separator: "\n")
            #expect(service.code == 0 && lines.last?.contains("stopped") == true)
            // And the one or two that asked whether it still lets anybody in.
            #expect(lines.count { $0.contains(#""route":"/livez""#) } >= 1_000, "\(lines.prefix(3))")
        }
    }

    private static func take(_ descriptor: Int32) -> Data {
        var (taken, buffer) = (Data(), [UInt8](repeating: 0, count: 65_536))
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return taken }
            taken += buffer[..<count]
        }
    }

    @Test func `a reader of the log that is gone ends nothing, and a stop waits for none that takes nothing`()
        async throws
    {
        try await Host.with { host in
            let (pipe, port) = (host.home.appending(path: "log"), try Socket.freePort())
            #expect(mkfifo(pipe.path, 0o600) == 0)
            host.set(["http.port": "\(port)"])
            let reader = open(pipe.path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            let service = try host.launch(wrapping: ["/bin/sh", "-c", #"exec "$@" > "$0""#, pipe.path])
            host.take(port: port)
            try await eventually("it listens", within: .seconds(90)) { Socket.listens(port) }
            for _ in 0..<1_000 { #expect(try await host.get("/livez").status == 200) }
            close(reader)
            #expect(try await host.get("/livez").status == 200)
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
    }

    // MARK: Descriptors

    #if os(Linux)
        @Test func `no program that it starts would get one of its descriptors`() async throws {
            try await Host.with { host in
                host.set(["metrics.port": "\(try Socket.freePort())", "metrics.host": "127.0.0.1"])
                let service = try await host.serve()
                try await host.furnish()
                try await host.subscribe("ann@example.org")
                let folder = "/proc/\(service.pid)/fdinfo"
                let numbers = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { Int($0) }
                #expect(numbers.count > 10)
                for number in numbers where number > 2 {
                    // One may be closed by now.
                    guard let info = try? String(contentsOfFile: "\(folder)/\(number)", encoding: .utf8) else {
                        continue
                    }
                    let flags = info.firstMatch(of: /flags:\s+([0-7]+)/).flatMap { Int($0.1, radix: 8) } ?? 0
                    let what = try? FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(service.pid)/fd/\(number)")
                    #expect(flags & 0o2_000_000 != 0, "\(number): \(what ?? "gone")")
                }
            }
        }

        @Test func `a soft limit of files is raised to the hard one, and the warning names what is needed`()
            async throws
        {
            try await Host.with { host in
                let service = try await host.serve(wrapping: ["/bin/sh", "-c", #"ulimit -Sn 1024; exec "$@""#, "sh"])
                let limits = try String(contentsOfFile: "/proc/\(service.pid)/limits", encoding: .utf8)
                let files = limits.firstMatch(of: /Max open files\s+(\d+)\s+(\d+)/)
                #expect(files != nil && files?.1 == files?.2 && files?.1 != "1024", "\(limits)")
                #expect(limits.firstMatch(of: /Max core file size\s+[01]\s/) != nil, "\(limits)")
                #expect(!service.saidOut.contains("fewer connections"))
            }
            try await Host.with { host in
                let service = try await host.serve(wrapping: ["/bin/sh", "-c", #"ulimit -n 1024; exec "$@""#, "sh"])
                #expect(
                    service.saidOut.contains(#""limit":"1024""#) && service.saidOut.contains(#""needed":"4696""#),
                    "\(service.saidOut)")
            }
        }

        @Test(arguments: [SIGSEGV, SIGILL, SIGABRT])
        func `a crash says where it was and nothing of what it held, and leaves the port free`(_ number: Int32)
            async throws
        {
            try await Host.with { host in
                host.set(["http.port": "\(try Socket.freePort())"])
                let service = try await host.serve()
                try await host.furnish()
                try await host.subscribe("ann@example.org")
                service.signal(number)
                let end = try await service.ended(within: .seconds(60))
                #expect(end.code == -number && end.err.contains("crashed by SIG"), "\(end.err)")
                #expect(
                    end.err.contains("[0x") && !end.err.contains("egisters") && !end.err.contains("ann@"), "\(end.err)")
                try await host.serve()
                #expect(try await host.get("/readyz").status == 200)
            }
        }
    #endif

    @Test func `a port that is taken is said before anything else`() async throws {
        try await Host.with { host in
            let other = try Socket.listening()
            host.set(["http.port": "\(other.port)"])
            let end = try await host.courantd("serve")
            #expect(end.code == 1 && end.out == "" && end.err.contains("Port \(other.port) on 127.0.0.1 is in use"))
            #expect(!FileManager.default.fileExists(atPath: host.database.path))
        }
    }

    // MARK: A database that is not there

    @Test func `a database that is away at the start is waited for, alive and not ready`() async throws {
        let database = try await PostgresCluster.own().database()
        let (port, metrics) = (try Socket.freePort(), try Socket.freePort())
        try await Host.with { host in
            host.set([
                "store.url": "\"\(database.url)\"", "http.port": "\(port)", "metrics.port": "\(metrics)",
                "metrics.host": "127.0.0.1",
            ])
            host.take(port: port)
            try await database.cluster.stop()
            let early = try host.launch()
            try await eventually("it listens", within: .seconds(90)) { Socket.listens(port) }
            #expect(try await host.get("/livez").status == 200)
            for path in ["/readyz", "/", "/api/v1/lists"] { #expect(try await host.get(path).status == 503) }
            early.signal(SIGTERM)
            #expect(try await early.ended().code == 0)
            let service = try host.launch()
            try await eventually("it listens", within: .seconds(90)) { Socket.listens(port) }
            try await database.cluster.start()
            try await eventually("it is ready", within: .seconds(90)) {
                service.saidOut.contains(#""event":"serving""#)
            }
            #expect(try await host.get("/readyz").status == 200)
            #expect(service.saidOut.components(separatedBy: "the database is away").count == 2)

            let figures = "http://127.0.0.1:\(metrics)/metrics"
            let http = HTTPClient()
            #expect(try await http.send(HTTPRequest(.get, figures)).text.contains("\ncourant_database_up 1\n"))
            try await database.cluster.stop()
            let away = try await http.send(HTTPRequest(.get, figures))
            #expect(away.status == 200 && away.text.contains("courant_database_up 0\n"))
            service.signal(SIGTERM)
            _ = try await service.ended()
        }
    }
}

extension HTTPResponse {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
