import CourantTesting
import Foundation
import Testing

/// Files that belong to somebody else than the service's user: root's by mistake, or on purpose.
@Suite(.timeLimit(.minutes(20))) struct CourantdOwnerTests {
    /// One that has served, and stands still.
    private static func withUsedHost(_ body: (Host) async throws -> Void) async throws {
        try await Host.with { host in
            let service = try await host.serve()
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            try await body(host)
        }
    }

    /// Runs a program as nobody, of nobody's group: a service's own user.
    private static let asNobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    private static var mayBecomeNobody: Bool {
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")
    }

    @Test(.ofTheFile, .enabled(if: mayBecomeNobody, "only root may become somebody else"))
    func `a service that was started as root once`() async throws {
        try await Self.withUsedHost { host in
            let end = try await host.courantd("staff", "ls", wrapping: Self.asNobody)
            #expect(
                end.code == 1 && end.err.contains("belongs to root") && end.err.contains("chown -R nobody"),
                "\(end.err)")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: host.data.path)
            let open = try await host.courantd("staff", "ls", wrapping: Self.asNobody)
            #expect(
                open.code == 1
                    && open.err.contains("\(host.keys.path) cannot be read by nobody: it belongs to root, mode 0600"),
                "\(open.err)")
        }
    }

    @Test(.ofTheFile, .enabled(if: mayBecomeNobody, "only root may become somebody else"))
    func `a key file that root has put there for the service's group is taken`() async throws {
        try await Self.withUsedHost { host in
            for path in [host.data.path]
                + (try FileManager.default.subpathsOfDirectory(atPath: host.data.path)).map({
                    "\(host.data.path)/\($0)"
                })
            { #expect(chown(path, 65_534, 65_534) == 0) }
            #expect(chown(host.keys.path, 0, 65_534) == 0 && chmod(host.keys.path, 0o440) == 0)
            let list = try await host.courantd("staff", "ls", wrapping: Self.asNobody)
            #expect(list.code == 0, "\(list.err)")
            let check = try await host.courantd("config", "check", wrapping: Self.asNobody)
            #expect(check.code == 0 && check.err.contains("mode 0440, of root, read through the group"), "\(check.err)")
            let rotate = try await host.courantd("keys", "rotate", wrapping: Self.asNobody)
            #expect(
                rotate.code == 1 && rotate.err.contains("cannot be replaced by nobody: it belongs to root"),
                "\(rotate.err)")
            #expect(chmod(host.keys.path, 0o444) == 0)
            let open = try await host.courantd("staff", "ls", wrapping: Self.asNobody)
            #expect(open.code == 1 && open.err.contains("can be read by others: it belongs to root"), "\(open.err)")
        }
    }
}
