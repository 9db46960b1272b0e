import CourantTesting
import Foundation
import Outbound
import Testing

/// A disk that is full or may not be written, as the real thing: a small file system that only the service sees, reached by
/// the test through /proc. Making one takes Linux and root.
@Suite(.ofTheFile, .enabled(if: ownMounts, "mounting takes Linux and root"), .timeLimit(.minutes(20)))
struct CourantdDiskTests {
    @Test func `on a full disk sign-ups get 503, nothing is half stored, and room is enough to go on`() async throws {
        try await Host.with { host in
            try FileManager.default.createDirectory(at: host.data, withIntermediateDirectories: true)
            let service = try await host.serve(wrapping: inMount(of: host.data, "size=4m"))
            let disk = URL(filePath: "/proc/\(service.pid)/root\(host.data.path)")
            try await host.furnish(wrapping: ["/usr/bin/nsenter", "-t", "\(service.pid)", "-m"])
            try await host.subscribe("ann@example.org")
            let filler = disk.appending(path: "filler")
            Self.fill(filler)
            for number in 1...5 {
                let refused = try await host.signUp("reader\(number)@example.org")
                #expect(refused.status == 503 && refused["retry-after"] == "30")
                #expect(refused.text.contains("</html>") && !refused.text.contains("disk"))
            }
            #expect(try await host.get("/readyz").status == 503)
            #expect(try await host.get("/livez").status == 200)
            #expect(try await host.get("/").status == 200)
            try FileManager.default.removeItem(at: filler)
            try await eventually("it is ready again: \(host.log.suffix(600))", within: .seconds(60)) {
                try await host.get("/readyz").status == 200
            }
            #expect(try await host.courant("list", "show", "news", "--json").out.contains("\"pending\":0"))
            #expect(try await host.signUp("reader1@example.org").status == 303)
            _ = try await host.mail(to: "reader1@example.org", 1)
            #expect(host.mailCount == 3)
            #expect(host.log.contains("the disk is full: make room") && !host.log.contains("reader1"))
        }
    }

    @Test func `who unsubscribes on a full disk is told to come again, and can`() async throws {
        try await Host.with { host in
            try FileManager.default.createDirectory(at: host.data, withIntermediateDirectories: true)
            let service = try await host.serve(wrapping: inMount(of: host.data, "size=4m"))
            let disk = URL(filePath: "/proc/\(service.pid)/root\(host.data.path)")
            try await host.furnish(wrapping: ["/usr/bin/nsenter", "-t", "\(service.pid)", "-m"])
            try await host.subscribe("ann@example.org")
            let link = try #require(try await host.mail(to: "ann@example.org", 2).oneClick)
            Self.fill(disk.appending(path: "filler"))
            let answer = try await host.post(link, CourantdWalkTests.oneClick)
            #expect([200, 503].contains(answer.status))
            try FileManager.default.removeItem(at: disk.appending(path: "filler"))
            #expect(try await host.post(link, CourantdWalkTests.oneClick).status == 200)
            #expect(try await host.courant("list", "show", "news", "--json").out.contains("\"active\":0"))
        }
    }

    @Test func `a full disk at the start, which leaves no half a key file`() async throws {
        try await Host.with { host in
            try FileManager.default.createDirectory(at: host.data, withIntermediateDirectories: true)
            let full = inMount(
                of: host.data, "size=4k", then: "dd if=/dev/zero of=filler bs=4k count=1 2>/dev/null; rm -f x")
            let end = try await host.launch(wrapping: full).ended()
            #expect(end.code == 1 && end.err.contains("cannot be") && end.err.contains("room"), "\(end.err)")
        }
    }

    @Test func `a data directory that may only be read`() async throws {
        try await Host.with { host in
            let first = try await host.serve()
            first.signal(SIGTERM)
            #expect(try await first.ended().code == 0)
            let readOnly = [
                "/usr/bin/unshare", "-m", "/bin/sh", "-c",
                "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"", host.data.path,
            ]
            let end = try await host.launch(wrapping: readOnly).ended()
            #expect(end.code == 1 && end.err.contains("check the"), "\(end.err)")
            #expect(end.err.contains("owner and mode"), "\(end.err)")
        }
    }

    private static func fill(_ file: URL) {
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        guard let handle = try? FileHandle(forWritingTo: file) else { return }
        for size in [65_536, 4096, 1] {
            while (try? handle.write(contentsOf: Data(count: size))) != nil {}
        }
    }
}

/// Runs what follows with a tmpfs of its own in that place.
private func inMount(of directory: URL, _ options: String, then: String = "true") -> [String] {
    [
        "/usr/bin/unshare", "-m", "/bin/sh", "-c",
        "mount -t tmpfs -o \(options),mode=700 none \"$0\" && (cd \"$0\"; \(then)) && exec \"$@\"", directory.path,
    ]
}

let ownMounts: Bool = {
    let probe = Subprocess("/usr/bin/unshare", ["-m", "/bin/sh", "-c", "mount -t tmpfs none /mnt"])
    probe.line.standardError = .nullDevice
    guard (try? probe.start()) != nil else { return false }
    probe.waitUntilExit()
    return probe.terminationStatus == 0
}()
