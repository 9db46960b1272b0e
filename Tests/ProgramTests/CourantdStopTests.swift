import CourantTesting
import Foundation
import Outbound
import Testing

/// SIGTERM: what is under way is finished, and the program ends with 0 soon after, whatever the relay does.
@Suite(.timeLimit(.minutes(20))) struct CourantdStopTests {
    @Test func `SIGTERM ends it with 0 at once where nothing is under way`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            #expect(try await host.get("/").status == 200)
            service.signal(SIGTERM)
            let end = try await service.ended(within: .seconds(60))
            #expect(end.code == 0 && end.out.contains(#""event":"stopped""#))
        }
    }

    /// Silent from the first word, and silent once it has been told to come: nothing is on the wire yet that it could
    /// have taken.
    @Test(arguments: [SMTPScript.Step.greeting, .ehlo, .mail])
    func `SIGTERM ends it with 0 soon while mail waits at a relay that hangs`(_ step: SMTPScript.Step) async throws {
        let relay = try SMTPScript { at, _ in at == step ? .silence : nil }
        try await Host.with { host in
            host.set(["relay.url": relay.address])
            let service = try await host.serve()
            try await host.furnish()
            #expect(try await host.signUp("ann@example.org").status == 303)
            try await eventually("the relay is met") { relay.connections > 0 }
            service.signal(SIGTERM)
            #expect(try await service.ended(within: .seconds(60)).code == 0)

            host.set(["relay.url": "smtp://127.0.0.1:\(host.relayPort)"])
            try await host.serve()
            _ = try await host.mail(to: "ann@example.org", 1)
        }
    }

    @Test func `the relay's answer is waited for, written down, and the mail does not go out twice`() async throws {
        let gate = Gate()
        let relay = try SMTPScript { step, _ in
            if step == .content { gate.wait() }
            return nil
        }
        try await Host.with { host in
            host.set(["relay.url": relay.address])
            let service = try await host.serve()
            try await host.furnish()
            #expect(try await host.signUp("ann@example.org").status == 303)
            try await eventually("the mail is on the wire") { relay.commands.contains { $0.line == "DATA" } }
            service.signal(SIGTERM)
            try await eventually("nobody is let in any more") { (try? await host.get("/livez")) == nil }
            gate.open()
            #expect(try await service.ended(within: .seconds(60)).code == 0)
            #expect(relay.received.count == 1)

            host.set(["relay.url": "smtp://127.0.0.1:\(host.relayPort)"])
            try await host.serve()
            _ = try await host.signUp("bo@example.org")
            _ = try await host.mail(to: "bo@example.org", 1)
            #expect(host.mailCount == 1)
        }
    }

    @Test func `somebody who watches a campaign does not hold it up`() async throws {
        let relay = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("late") ? .reply("451 4.7.1 later") : nil
        }
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("late@example.org")
            try await host.restart(with: ["relay.url": relay.address])
            let service = try #require(host.running.first)
            #expect(try await host.send(CourantdWalkTests.issue, to: 1, "--no-wait").code == 0)
            let watching = try host.watch("1")
            try await eventually("it is watched") { watching.saidOut.contains("deferred") }
            service.signal(SIGTERM)
            #expect(try await service.ended(within: .seconds(60)).code == 0)
        }
    }
}

extension Host {
    func watch(_ campaign: String) throws -> Program {
        try Program(Program.built("courant"), ["campaign", "status", campaign, "--follow", "--json"], in: home)
    }
}
