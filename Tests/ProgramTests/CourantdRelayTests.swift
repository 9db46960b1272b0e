import CourantTesting
import Foundation
import Outbound
import Testing

/// A relay at fault: the campaign says so in plain words, nobody is lost, and the mail goes out once it is right.
@Suite(.timeLimit(.minutes(20))) struct CourantdRelayTests {
    private func withReader(_ body: (Host) async throws -> Void) async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org", name: "Ann")
            try await body(host)
        }
    }

    /// Sends at a service with those settings, and waits for the campaign's word about it.
    private func expectReason(_ host: Host, _ words: String..., settings: [String: String?]) async throws {
        try await host.restart(with: settings)
        let sent = try await host.send(CourantdWalkTests.issue, to: 1, "--no-wait")
        try #require(sent.code == 0, "\(sent.err)")
        var status = ""
        try await eventually("the campaign says \(words)") {
            status = try await host.courant("campaign", "status", "1").out
            return words.allSatisfy { status.contains($0) }
        }
        #expect(status.contains("sending") && !status.contains("@"))
    }

    @Test func `a relay that refuses the connection`() async throws {
        try await withReader { host in
            let port = try SMTPProgram.freePort()
            try await expectReason(
                host, "The relay cannot be reached", "It is tried again by itself; check relay.url",
                settings: ["relay.url": "smtp://127.0.0.1:\(port)"])
            try await host.restart(with: ["relay.url": "smtp://127.0.0.1:\(host.relayPort)"])
            #expect(try await host.mail(to: "ann@example.org", 3).text.contains("Hello Ann"))
            try await expectSent(host)
        }
    }

    @Test func `a relay that comes back is found without a restart`() async throws {
        let relay = try SMTPScript { step, turn in
            step == .greeting && turn.count < 3 ? .reply("421 4.3.2 closing") : nil
        }
        try await withReader { host in
            try await expectReason(
                host, "The relay turned us away with 421 4.3.2 (closing)", settings: ["relay.url": relay.address])
            try await expectSent(host)
            #expect(relay.received.count == 1)
            #expect(
                host.log.count(of: "a relay is in trouble") == 1 && host.log.count(of: "a relay is well again") == 1)
        }
    }

    @Test func `a password that the relay refuses`() async throws {
        let directory = try TemporaryDirectory()
        let certificate = try directory.makeCertificate()
        let relay = try await SMTPProgram.authenticating(in: directory.path)
        try await withReader { host in
            let password = host.home.appending(path: "password")
            try Data("wrong\n".utf8).write(to: password)
            try await expectReason(
                host, "The relay refused our login by PLAIN: 535", "Check relay.user and relay.password-file",
                settings: [
                    "relay.url": "smtp://localhost:\(relay.port)", "relay.tls": "required",
                    "relay.ca-file": certificate,
                    "relay.user": "courant", "relay.password-file": password.path,
                ])
            #expect(directory.contents(of: "ann.eml") == nil && !host.log.contains("wrong"))
            try Data("correct horse\n".utf8).write(to: password)
            try await host.restart(with: [:])
            try await expectSent(host)
            #expect(directory.contents(of: "ann.eml") != nil && !host.log.contains("correct horse"))
        }
    }

    @Test func `a certificate that does not verify`() async throws {
        let directory = try TemporaryDirectory()
        let certificate = try directory.makeCertificate()
        let relay = try await SMTPProgram.authenticating(in: directory.path)
        try await withReader { host in
            let password = host.home.appending(path: "password")
            try Data("correct horse\n".utf8).write(to: password)
            try await expectReason(
                host, "The relay's TLS cannot be trusted", "Name its authority's file in relay.ca-file",
                settings: [
                    "relay.url": "smtp://localhost:\(relay.port)", "relay.tls": "required", "relay.user": "courant",
                    "relay.password-file": password.path,
                ])
            #expect(directory.contents(of: "ann.eml") == nil)
            try await host.restart(with: ["relay.ca-file": certificate])
            try await expectSent(host)
            #expect(directory.contents(of: "ann.eml") != nil)
        }
    }

    private func expectSent(_ host: Host) async throws {
        try await eventually("the campaign is sent") {
            let status = try await host.courant("campaign", "status", "1", "--json").out
            return status.contains("\"state\":\"sent\"") && status.contains("\"accepted\":1")
        }
    }
}

extension Host {
    /// Signed in as before, at the service's new port.
    func restart(with settings: [String: String?]) async throws {
        for program in running {
            program.signal(SIGTERM)
            #expect(try await program.ended().code == 0)
        }
        set(settings)
        try await serve()
        let login = try await courant("login", url, "--token-stdin", stdin: token)
        try #require(login.code == 0, "\(login.err)")
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
