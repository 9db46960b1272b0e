import CourantTesting
import Mail
import Outbound
import Testing

/// How a connection comes about: each address and each login gets its turn, and what is refused for good is not asked again
/// and again.
@Suite(.timeLimit(.minutes(20))) struct `The relay's opening` {
    private func configuration(
        _ server: SMTPScript, _ change: (inout SMTPRelay.Configuration) -> Void = { _ in }
    ) -> SMTPRelay.Configuration {
        .local(port: server.port) {
            $0.user = "news@example.org"
            $0.password = "correct horse"
            change(&$0)
        }
    }

    /// A relay that refuses `refused` and lets in by any other login.
    private func relay(offering mechanisms: String, refusing refused: [String] = []) throws -> SMTPScript {
        try SMTPScript(abilities: SMTPScript.abilities + ["AUTH \(mechanisms)"]) { step, turn in
            let words = turn.line.split(separator: " ")
            switch step {
            case .auth where refused.contains { $0 == words[1] }: return .reply("535 5.7.8 not so")
            // For a challenge, that of RFC 2195; else curl takes it for "Password:".
            case .auth where words[1] != "PLAIN":
                return .reply("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+")
            case .other: return .reply("235 2.7.0 welcome")
            default: return nil
            }
        }
    }

    private func logins(_ server: SMTPScript) -> [String] {
        server.commands.map(\.line).filter { $0.hasPrefix("AUTH ") }.map { String($0.split(separator: " ")[1]) }
    }

    @Test(arguments: [
        ("GSSAPI NTLM LOGIN", [], ["LOGIN"]), ("CRAM-MD5 LOGIN PLAIN", [], ["PLAIN"]), ("CRAM-MD5", [], ["CRAM-MD5"]),
        ("PLAIN LOGIN CRAM-MD5", ["PLAIN"], ["PLAIN", "LOGIN"]),
        ("PLAIN LOGIN CRAM-MD5", ["PLAIN", "LOGIN"], ["PLAIN", "LOGIN", "CRAM-MD5"]),
    ])
    func `tries each login that is offered, the plain ones first`(
        mechanisms: String, refused: [String], tried: [String]
    ) async throws {
        let server = try relay(offering: mechanisms, refusing: refused)
        let relay = SMTPRelay(configuration: configuration(server))
        #expect(await relay.deliver(.sample()) == .accepted)
        #expect(logins(server) == tried)
    }

    @Test func `a login refused for good is told with the relay's words, and is not tried again soon`() async throws {
        let server = try SMTPScript(abilities: ["AUTH LOGIN XOAUTH2"]) { step, _ in
            step == .auth ? .reply("535 5.7.139 Authentication unsuccessful, basic authentication is disabled") : nil
        }
        let relay = SMTPRelay(configuration: configuration(server))
        for _ in 1...5 {
            guard case .unsent(.unauthorised(let refusal)) = await relay.deliver(.sample()) else {
                Issue.record("let in")
                return
            }
            #expect(refusal.mechanism == "LOGIN" && refusal.offered == ["LOGIN", "XOAUTH2"] && !refusal.isPassing)
            #expect(refusal.reply?.spoken.hasPrefix("535 5.7.139 (Authentication unsuccessful") == true)
        }
        #expect(logins(server) == ["LOGIN"])
    }

    @Test func `a login put off is tried again, for it says nothing about the password`() async throws {
        let server = try SMTPScript(abilities: ["AUTH PLAIN"]) { step, turn in
            step == .auth && turn.count == 1 ? .reply("454 4.7.0 not now") : nil
        }
        let relay = SMTPRelay(configuration: configuration(server))
        try await eventually("the relay takes it") { await relay.deliver(.sample()) == .accepted }
        #expect(logins(server) == ["PLAIN", "PLAIN"])
    }

    @Test(arguments: [[], ["SCRAM-SHA-256", "GSSAPI"]])
    func `nothing is sent without a login where there is a user`(offered: [String]) async throws {
        let server = try SMTPScript(abilities: offered.isEmpty ? [] : ["AUTH \(offered.joined(separator: " "))"])
        let relay = SMTPRelay(configuration: configuration(server))
        let refusal = LoginRefusal(reply: nil, mechanism: nil, offered: offered)
        #expect(await relay.deliver(.sample()) == .unsent(.unauthorised(refusal)))
        #expect(!server.verbs().contains("MAIL") && logins(server).isEmpty)
        await #expect(throws: RelayFailure.unauthorised(refusal)) { try await SMTPRelay.check(configuration(server)) }
    }

    @Test(arguments: [SMTPScript.Answer.reply("554 5.7.1 not you"), .silence, .hangUp])
    func `each address of a name gets its turn, whatever the one before it does`(greeting: SMTPScript.Answer)
        async throws
    {
        let well = try SMTPScript()
        let ill = try SMTPScript(at: 2, port: well.port) { step, _ in step == .greeting ? greeting : nil }
        var configuration = SMTPRelay.Configuration.local(port: well.port, connections: 1) {
            $0.timeouts.greeting = .milliseconds(200)
        }
        configuration.address = RelayAddress(host: "relay.example", port: well.port)
        // Nobody listens on the first.
        configuration.hosts = ["127.0.0.3", "127.0.0.2", "127.0.0.1"]
        let relay = SMTPRelay(configuration: configuration)
        #expect(await relay.deliver(OutgoingMail.samples(20)).allSatisfy { $0 == .accepted })
        #expect(ill.connections == 1 && well.received.count == 20)
        #expect(try await SMTPRelay.check(configuration).ip == "127.0.0.1")
    }

    @Test func `a relay that turns everybody away leaves its mail to the next, and one that refuses a mail does not`()
        async throws
    {
        let busy = try SMTPScript { step, _ in step == .greeting ? .reply("554 5.3.2 not today") : nil }
        let strict = try SMTPScript { step, _ in step == .content ? .reply("554 5.7.1 spam") : nil }
        let last = try SMTPScript()
        let relays = [busy, strict, last].map { SMTPRelay(configuration: .local(port: $0.port)) }
        let verdict = await RelayChain(relays).deliver(.sample())
        guard case .refused(let reply) = verdict else {
            Issue.record("\(String(describing: verdict))")
            return
        }
        #expect(reply.command == .content && last.connections == 0)
    }

    @Test func `a mail that would be refused is told without being sent`() async throws {
        let server = try SMTPScript { step, _ in step == .rcpt ? .reply("554 5.7.1 relay access denied") : nil }
        let envelope = SMTPRelay.Envelope(
            sender: EmailAddress(localPart: "news", domain: "example.org"),
            recipient: EmailAddress(localPart: "privacy", domain: "example.org"))
        let found = try await SMTPRelay.check(.local(port: server.port), envelope: envelope)
        #expect(found.refusal?.code == 554 && found.refusal?.command == .recipient && !found.isAuthenticated)
        // We do not wait for the answer to QUIT: the relay may read it later.
        try await eventually("QUIT is read") { server.verbs() == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"] }
        let open = try SMTPScript()
        #expect(try await SMTPRelay.check(.local(port: open.port), envelope: envelope).refusal == nil)
        #expect(open.received.isEmpty)
    }
}
