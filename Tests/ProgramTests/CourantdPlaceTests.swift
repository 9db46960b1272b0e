import CourantTesting
import Foundation
import GRDB
import Testing

/// Disks and mounts that are not what they seem: locks that are none, no hard links, files that are mounted by themselves.
@Suite(.ofTheFile, .timeLimit(.minutes(20))) struct CourantdPlaceTests {
    /// A library whose function stands before libc's: as a file system would answer that has no such thing.
    private static func standIn(_ source: String, in home: URL) async throws -> [String: String] {
        let (code, library) = (home.appending(path: "shim.c"), home.appending(path: "shim.so").path)
        try Data(source.utf8).write(to: code)
        _ = try await Subprocess("/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, code.path]).output()
        return ["LD_PRELOAD": library]
    }

    @Test func `where locks are none, the first of two services stops, and nobody is mailed twice`() async throws {
        try await Host.with { host in
            let shim = try await Self.standIn("int flock(int fd, int what) { return 0; }", in: host.home)
            let first = try await host.serve(environment: shim)
            try await host.furnish()
            for number in 1...3 { try await host.subscribe("reader\(number)@example.org") }
            let second = try await host.serve(environment: shim)
            let end = try await first.ended()
            #expect(end.code == 1 && end.err.contains("Another courantd serves"), "\(end.err)")
            #expect(second.code == nil)
            let login = try await host.courant("login", host.url, "--token-stdin", stdin: host.token)
            #expect(login.code == 0, "\(login.err)")
            #expect(try await host.send(CourantdWalkTests.issue, to: 3).code == 0)
            #expect(host.mailCount == 9, "a confirmation, a welcome and an issue each")
        }
    }

    @Test func `a backup gets its name where there are no hard links, and overwrites nothing`() async throws {
        try await Host.with { host in
            let shim = try await Self.standIn(
                "#include <errno.h>\nint link(const char *a, const char *b) { errno = EOPNOTSUPP; return -1; }",
                in: host.home)
            try await host.serve()
            try await host.furnish()
            let file = host.home.appending(path: "monday.backup").path
            let made = try await host.courantd("backup", file, "--quiet", environment: shim)
            #expect(made.code == 0 && made.out.isEmpty && made.err.isEmpty, "\(made.out) \(made.err)")
            let facts = try FileManager.default.attributesOfItem(atPath: file)
            #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            #expect(!FileManager.default.fileExists(atPath: file + ".part"))
            let again = try await host.courantd("backup", file, environment: shim)
            #expect(again.code == 1 && again.err.contains("nothing is overwritten"), "\(again.err)")
            let folder = host.home.appending(path: "copies")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            #expect(try await host.courantd("backup", "--into", folder.path, "--keep", "8", "-q").code == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names.count == 1 && names[0].hasPrefix("courant-") && names[0].hasSuffix("Z.backup"), "\(names)")
        }
    }

    /// Runs what follows with that file mounted by itself.
    private static func alone(_ file: URL) -> [String] {
        [
            "/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount --bind \"$0\" \"$0\" && exec \"$@\"", file.path,
        ]
    }

    @Test(.enabled(if: ownMounts, "mounting takes Linux and root"))
    func `a key file that is mounted alone is not rotated, and no half of it stays`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            let before = try Data(contentsOf: host.keys)
            let refused = try await host.courantd("keys", "rotate", wrapping: Self.alone(host.keys))
            #expect(refused.code == 1 && refused.err.contains("mount its directory"), "\(refused.err)")
            #expect(try Data(contentsOf: host.keys) == before)
            #expect(!FileManager.default.fileExists(atPath: host.keys.path + ".new"))
            let keys = try await DatabaseQueue(path: host.database.path).read {
                try String.fetchAll($0, sql: "SELECT DISTINCT hex(substr(person, 1, 1)) FROM subscription")
            }
            #expect(keys == ["01"])
            #expect(try await host.courantd("keys", "rotate").code == 0)
        }
    }

    @Test(.enabled(if: ownMounts, "mounting takes Linux and root"))
    func `a database that is mounted alone is not served`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            for program in host.running {
                program.signal(SIGTERM)
                _ = try await program.ended()
            }
            let end = try await host.launch(wrapping: Self.alone(host.database)).ended()
            #expect(end.code == 1 && end.err.contains("Mount its directory"), "\(end.err)")
        }
    }
}
