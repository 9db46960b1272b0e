import CourantTesting
import Foundation
import Outbound
import Testing

/// The service as systemd starts it.
@Suite(.timeLimit(.minutes(20))) struct CourantdServiceManagerTests {
    @Test func `it says when it is ready, that it lives, what it is about, and that it stops`() async throws {
        try await Host.with { host in
            let socket = try DatagramSocket(host.home.appending(path: "notify").path)
            let service = try await host.serve(
                environment: ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "1000000"])
            try await eventually("all of it comes") {
                Set(["READY=1", "WATCHDOG=1", "STATUS=nothing to send"]).isSubset(of: socket.lines)
            }
            #expect(try await host.get("/livez").status == 200)
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            try await eventually("the stop comes") { socket.lines.contains("STOPPING=1") }
            #expect(!socket.lines.drop { $0 != "STOPPING=1" }.contains("READY=1"))
        }
    }

    @Test func `it is not ready where it cannot start, and says by its exit code whether a new start may help`()
        async throws
    {
        try await Host.with { host in
            let socket = try DatagramSocket(host.home.appending(path: "notify").path)
            host.set(["http.port": "eighty"])
            let wrong = try await host.courantd("serve", environment: ["NOTIFY_SOCKET": socket.name])
            host.set(["http.port": "0", "http.host": "192.0.2.1"])
            let elsewhere = try await host.courantd("serve", environment: ["NOTIFY_SOCKET": socket.name])
            #expect(wrong.code == 78 && elsewhere.code == 1 && !socket.lines.contains("READY=1"))
            let unit = try String(
                contentsOf: .repository.appending(path: "packaging/systemd/courantd.service"), encoding: .utf8)
            #expect(unit.contains("\nRestartPreventExitStatus=78\n"))
        }
    }
}
