import CourantTesting
import Foundation
import Outbound
import Testing

/// The built program, with the settings that an operator writes, and a receiver that is not always there.
@Suite(.timeLimit(.minutes(20))) struct CourantdEventsTests {
    @Test func `behind kill -9 and a receiver that was away nothing is lost, and nobody is named after leaving`()
        async throws
    {
        let receiver = try ReceiverStub()
        try await Host.with { host in
            let environment = try Self.environment(host, receiver)
            var service = try await host.serve(environment: environment)
            try await host.furnish()
            try await host.subscribe("ann@example.org", name: "Ann")
            try await eventually("ann is told of") { receiver.calls.count == 1 }

            receiver.die()
            try await host.subscribe("quux.zebedee@canary-domain.example", name: "Zebedee Quuxworth")
            try await host.subscribe("bo@example.org", name: "Bo")
            let leave = try #require(try await host.mail(to: "quux.zebedee@canary-domain.example", 2).oneClick)
            #expect(try await host.post(leave, "List-Unsubscribe=One-Click").status == 200)
            service.signal(SIGKILL)
            _ = try await service.ended()
            if Engine.usual == .sqlite {
                try ByteSearch(host.data).expectNothing(of: ["quux.zebedee", "canary-domain", "Quuxworth"])
            }

            let doctor = try await host.courantd(["doctor"], environment: environment)
            #expect((doctor.out + doctor.err).contains("events wait for 127.0.0.1"), "\(doctor.out) \(doctor.err)")
            try receiver.comeBack()
            service = try await host.serve(environment: environment)
            try await eventually("everything is told") { receiver.calls.count >= 3 }
            let left = try await host.mail(to: "ann@example.org", 2)
            #expect(try await host.post(#require(left.oneClick), "List-Unsubscribe=One-Click").status == 200)
            try await eventually("ann has left there too") {
                receiver.calls.contains { $0.subscription == receiver.calls[0].subscription && $0.type == "left" }
            }
            #expect(receiver.calls.map(\.type).sorted() == ["confirmed", "confirmed", "left", "left"])
            #expect(receiver.calls.allSatisfy { !$0.text.contains("canary") && !$0.text.contains("Quuxworth") })
            ByteSearch("log", host.log).expectNothing(of: ["quux.zebedee", "canary-domain", "Quuxworth"])
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
    }

    private static func environment(_ host: Host, _ receiver: ReceiverStub) throws -> [String: String] {
        let secret = host.home.appending(path: "hook-receiver").path
        _ = FileManager.default.createFile(
            atPath: secret, contents: Data(TestApp.hookSecret.utf8), attributes: [.posixPermissions: 0o600])
        return [
            "COURANT_HOOKS_RECEIVER_URL": receiver.url, "COURANT_HOOKS_RECEIVER_NAME": "our customer register",
            "COURANT_HOOKS_RECEIVER_SECRET_FILE": secret, "COURANT_HOOKS_RECEIVER_INSIDE": "allowed",
        ]
    }
}
