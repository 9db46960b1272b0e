import CourantTesting
import Foundation
import Testing

@testable import Wiring

/// What a service manager is told, through sockets as systemd has them.
@Suite struct ServiceManagerTests {
    private static func withSocket(_ body: (DatagramSocket) async throws -> Void) async throws {
        let folder = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try DatagramSocket(folder.appending(path: "notify").path))
    }

    @Test func `nobody is told anything where no manager has started us`() {
        for environment in [[:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "notify"], ["WATCHDOG_USEC": "1000"]] {
            #expect(ServiceManager(environment) == nil)
        }
    }

    @Test func `it is told lines in one datagram`() async throws {
        try await Self.withSocket { socket in
            let manager = try #require(ServiceManager(["NOTIFY_SOCKET": socket.name]))
            manager.tell("READY=1", "STATUS=nothing to send")
            try await eventually("they come") { socket.lines == ["READY=1", "STATUS=nothing to send"] }
        }
    }

    #if os(Linux)
        @Test func `it is told by a name that no file has`() async throws {
            let socket = try DatagramSocket("@courant-\(UUID().uuidString)")
            try #require(ServiceManager(["NOTIFY_SOCKET": socket.name])).tell("READY=1")
            try await eventually("it comes") { socket.lines == ["READY=1"] }
        }
    #endif

    @Test func `a manager that is gone, or whose name is too long, keeps nobody up`() throws {
        try #require(ServiceManager(["NOTIFY_SOCKET": "/nowhere/notify"])).tell("READY=1")
        try #require(ServiceManager(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)])).tell("READY=1")
    }

    @Test func `the sign of life comes again and again where it is asked for`() async throws {
        try await Self.withSocket { socket in
            let environment = ["NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "\(getpid())"]
            try #require(ServiceManager(environment)).reassure()
            try await eventually("three come") { socket.lines.count >= 3 }
            #expect(Set(socket.lines) == ["WATCHDOG=1"])
        }
    }

    @Test func `a sign of life that another process was asked for is not given`() async throws {
        try await Self.withSocket { socket in
            for asked in [["WATCHDOG_PID": "1", "WATCHDOG_USEC": "1"], ["WATCHDOG_USEC": "0"], [:]] {
                let environment = asked.merging(["NOTIFY_SOCKET": socket.name]) { $1 }
                let manager = try #require(ServiceManager(environment))
                manager.reassure()
                manager.tell("READY=1")
            }
            try await eventually("the others come") { socket.lines.count == 3 }
            #expect(Set(socket.lines) == ["READY=1"])
        }
    }

    // MARK: The line in systemctl status

    @Test(arguments: [
        (0, 0, "nothing to send"), (0, 1, "1 mail waiting"), (1, 1, "sending 1 campaign, 1 mail waiting"),
        (3, 1_204, "sending 3 campaigns, 1,204 mails waiting"), (2, 0, "sending 2 campaigns, 0 mails waiting"),
    ]) func `the line says what is sent and what waits`(_ campaigns: Int, _ waiting: Int, _ words: String) {
        #expect(StatusLine(campaigns: campaigns, waiting: waiting).words == words)
    }

    @Test func `it counts confirm mails and who is left of a campaign`() async throws {
        let app = try await TestApp.start()
        #expect(try await StatusLine(app.courant.store) == StatusLine(campaigns: 0, waiting: 0))
        try await app.signUp("ann@example.org")
        #expect(try await StatusLine(app.courant.store) == StatusLine(campaigns: 0, waiting: 1))
        try await app.deliverAllMail()
        try await app.subscribe("bo@example.org")
        try await app.deliverAllMail()
        try await app.launch()
        #expect(try await StatusLine(app.courant.store) == StatusLine(campaigns: 1, waiting: 1))
        try await app.deliverAllMail()
        #expect(try await StatusLine(app.courant.store) == StatusLine(campaigns: 0, waiting: 0))
    }
}
