import CourantTesting
import Foundation
import Testing

/// PgBouncer, as somebody who runs PostgreSQL for others may have put it in between.
@Suite(.timeLimit(.minutes(20)), .enabled(if: PgBouncer.isThere, "there is no pgbouncer here"))
struct CourantdPoolerTests {
    @Test func `a pooler that shares its connections out is named`() async throws {
        let database = try await PostgresCluster.shared.database()
        try await Host.with { host in
            let pooler = try await PgBouncer.start("transaction", for: database, in: host.home)
            defer { pooler.signal(SIGKILL) }
            host.set(["store.url": "\"\(pooler.url)\""])
            let end = try await host.courantd("serve")
            #expect(end.code == 1 && end.err.contains("pool_mode = session"), "\(end.err)")
        }
    }

    @Test func `one that gives each its own connection is well`() async throws {
        let database = try await PostgresCluster.shared.database()
        try await Host.with { host in
            let pooler = try await PgBouncer.start("session", for: database, in: host.home)
            defer { pooler.signal(SIGKILL) }
            host.set(["store.url": "\"\(pooler.url)\""])
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
        }
    }
}

struct PgBouncer {
    private static let program = "/usr/sbin/pgbouncer"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: program) }

    private let running: Program
    let url: String

    func signal(_ number: Int32) { running.signal(number) }

    static func start(_ mode: String, for database: PostgresDatabase, in home: URL) async throws -> PgBouncer {
        let (port, server) = (try Socket.freePort(), try await database.port)
        let password = try String(contentsOf: database.cluster.directory.appending(path: "password"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let settings = home.appending(path: "pgbouncer.ini")
        try Data(
            """
            [databases]
            * = host=127.0.0.1 port=\(server) user=courant password=\(password)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode)
            ignore_startup_parameters = extra_float_digits
            """.utf8
        ).write(to: settings)
        // It refuses to run as root.
        var line = [program, settings.path]
        if getuid() == 0 {
            for path in [home.path, settings.path] { chmod(path, 0o755) }
            line = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] + line
        }
        let running = try Program(line[0], Array(line.dropFirst()), in: home)
        try await eventually("pgbouncer listens: \(running.saidErr)") { Socket.listens(port) }
        let url = "postgresql://courant@127.0.0.1:\(port)/\(database.name)?sslmode=disable&gssencmode=disable"
        return PgBouncer(running: running, url: url)
    }
}
