import CourantTesting
import Mail
import Outbound
import Testing

@Suite(.timeLimit(.minutes(20))) struct `The relay` {
    @Test(arguments: [SMTPRelay.Configuration.Grouping.body, .envelope, .off])
    func `delivers mails in whole, each with a verdict`(grouping: SMTPRelay.Configuration.Grouping) async throws {
        let server = try SMTPScript()
        let relay = SMTPRelay(configuration: .local(port: server.port) { $0.grouping = grouping })
        let mails = OutgoingMail.samples(100)
        #expect(await relay.deliver(mails) == Array(repeating: .accepted, count: 100))
        let expected = mails.map { "MAIL FROM:<bounce-\($0.ticket)@news.example> SIZE=\($0.content.count)" }
        #expect(server.received.map(\.sender).sorted() == expected.sorted())
        #expect(Set(server.received.map(\.content)) == Set(mails.map(\.content)))
        #expect(server.connections <= 4)
    }

    @Test func `groups a mail's content with the next mail's envelope only where PIPELINING is offered`() async throws {
        let server = try SMTPScript(abilities: ["8BITMIME"])
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        #expect(await relay.deliver(OutgoingMail.samples(3)) == [.accepted, .accepted, .accepted])
        #expect(server.verbs() == ["EHLO"] + Array(repeating: ["MAIL", "RCPT", "DATA"], count: 3).flatMap { $0 })
        #expect(server.commands[1].line == "MAIL FROM:<bounce-1@news.example>")
    }

    @Test(arguments: [SMTPRelay.Configuration.Grouping.body, .envelope, .off])
    func `keeps the connection and the right sender after a refused recipient`(
        grouping: SMTPRelay.Configuration.Grouping
    ) async throws {
        let server = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("reader2@") ? .reply("550 5.1.1 <reader2@example.org>: unknown") : nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1) { $0.grouping = grouping })
        let verdicts = await relay.deliver(OutgoingMail.samples(3))
        let reply = SMTPReply(
            code: 550, enhanced: EnhancedStatus(class: 5, subject: 1, detail: 1),
            text: "<reader2@example.org>: unknown", to: .recipient)
        #expect(verdicts == [.accepted, .refused(reply), .accepted])
        #expect(server.connections == 1)
        #expect(server.verbs().contains("RSET"))
        #expect(server.received.map { $0.sender.contains("bounce-1@") } == [true, false])
        #expect(server.received.last?.sender.hasPrefix("MAIL FROM:<bounce-3@") == true)
    }

    @Test func `ends with a lone dot where DATA is allowed though nobody is to get the mail`() async throws {
        let server = try SMTPScript { step, turn in
            guard turn.connection == 1 else { return nil }
            if step == .rcpt, turn.count == 1 { return .reply("450 4.2.1 not now") }
            return step == .data && turn.count == 1 ? .reply("354 go on") : nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let verdicts = await relay.deliver(OutgoingMail.samples(2))
        #expect(verdicts.map(\.code) == [450, 250])
        #expect(server.received.map(\.content.count) == [0, OutgoingMail.samples(2)[1].content.count])
    }

    @Test(arguments: [("451 4.7.1 greylisted", true), ("554 5.7.1 spam", false), ("552 too big", false)])
    func `hands on what the relay says to the content`(reply: String, isLater: Bool) async throws {
        let server = try SMTPScript { step, turn in step == .content && turn.count == 1 ? .reply(reply) : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let verdicts = await relay.deliver(OutgoingMail.samples(2))
        guard case .later = verdicts.first else {
            #expect(!isLater && verdicts.first?.code == Int(reply.prefix(3)))
            return
        }
        #expect(isLater && verdicts.last == .accepted && server.connections == 1)
    }

    @Test func `does not wait for one answer before it sends on another connection`() async throws {
        let gate = Gate()
        // Nobody gets an answer to the dot before there have been sixteen.
        let server = try SMTPScript { step, turn in
            guard step == .content else { return nil }
            if turn.count == 16 { gate.open() }
            gate.wait()
            return nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 16))
        #expect(await relay.deliver(OutgoingMail.samples(64)).allSatisfy { $0 == .accepted })
        #expect(server.connections == 16)
    }

    @Test func `gives each connection no more mails than it may, and leaves it with QUIT`() async throws {
        let server = try SMTPScript()
        let relay = SMTPRelay(
            configuration: .local(port: server.port, connections: 1) { $0.messagesPerConnection = 10 })
        #expect(await relay.deliver(OutgoingMail.samples(60)).allSatisfy { $0 == .accepted })
        await relay.stop(within: .seconds(5))
        #expect(server.connections == 6)
        let perConnection = Dictionary(grouping: server.received, by: \.connection).mapValues(\.count)
        #expect(perConnection.values.allSatisfy { $0 == 10 })
        #expect((1...6).allSatisfy { server.verbs(on: $0).last == "QUIT" })
    }

    @Test func `leaves an idle connection with QUIT and opens another one for the next mail`() async throws {
        let server = try SMTPScript()
        let relay = SMTPRelay(configuration: .local(port: server.port) { $0.timeouts.idle = .milliseconds(1) })
        #expect(await relay.deliver(.sample(1)) == .accepted)
        try await eventually("QUIT") { server.verbs().last == "QUIT" }
        #expect(await relay.deliver(.sample(2)) == .accepted)
        #expect(server.connections == 2)
    }

    @Test func `keeps to its rate`() async throws {
        let server = try SMTPScript()
        let relay = SMTPRelay(configuration: .local(port: server.port) { $0.rate = 200 })
        let start = ContinuousClock.now
        #expect(await relay.deliver(OutgoingMail.samples(50)).allSatisfy { $0 == .accepted })
        // 20 at once, and 30 at 200 a second.
        #expect(ContinuousClock.now - start >= .milliseconds(145))
    }

    @Test func `does not begin the mail of a person who has withdrawn`() async throws {
        let server = try SMTPScript()
        let sendGuard = SendGuard()
        sendGuard.open()
        sendGuard.enter([1, 2, 3])
        sendGuard.stop([.withdraw(2)])
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let mails = (1...3).map { OutgoingMail.sample(Int64($0), person: UInt128($0)) }
        #expect(await relay.deliver(mails, sendGuard: sendGuard) == [.accepted, .withdrawn, .accepted])
        #expect(server.received.count == 2)
        #expect(!server.commands.contains { $0.line.contains("bounce-2@") })
    }

    @Test func `begins no mail once a withdrawal has returned`() async throws {
        let server = try SMTPScript()
        let sendGuard = SendGuard()
        let mails = (1...400).map { OutgoingMail.sample(Int64($0), person: UInt128($0)) }
        sendGuard.open()
        sendGuard.enter(mails.map(\.person))
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 3))
        async let verdicts = relay.deliver(mails, sendGuard: sendGuard)
        for person in stride(from: UInt128(400), to: 0, by: -7) {
            sendGuard.stop([.withdraw(person)])
            await Task.yield()
        }
        let withdrawn = await verdicts.count { $0 == .withdrawn }
        #expect(server.received.count == 400 - withdrawn)
    }

    @Test func `sends an internationalised address only where the relay can take it`() async throws {
        let with = try SMTPScript()
        let without = try SMTPScript(abilities: ["PIPELINING"])
        let mail = OutgoingMail.sample(to: "blåbær")
        #expect(await SMTPRelay(configuration: .local(port: with.port)).deliver(mail) == .accepted)
        #expect(with.commands.contains { $0.line.hasSuffix(" SMTPUTF8") })
        #expect(await SMTPRelay(configuration: .local(port: without.port)).deliver(mail) == .unsent(.addressNeedsUTF8))
    }

    @Test(arguments: ["ann@x>\r\nRCPT TO:<evil", "ann\nDATA", "a b", "a>", ""])
    func `no address that could speak to the relay can be made`(localPart: String) {
        #expect((try? EmailAddress("\(localPart)@example.org")) == nil)
        #expect(EmailAddress(stored: "\(localPart)@example.org") == nil)
    }

    @Test func `delivers a megabyte, and dots at lines' starts, byte for byte`() async throws {
        let server = try SMTPScript()
        let line = Array((String(repeating: "x", count: 70) + "\r\n").utf8)
        let large = Array(repeatElement(line, count: 14_500).joined())
        let dotted = Array("Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\nend.\r\n".utf8)
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let mails = [OutgoingMail.sample(1, content: large), .sample(2, content: dotted), .sample(3, content: large)]
        #expect(await relay.deliver(mails) == [.accepted, .accepted, .accepted])
        #expect(server.received.map(\.content) == [large, dotted, large])
    }

    @Test func `mends line ends that could end a mail early`() async throws {
        let server = try SMTPScript()
        let relay = SMTPRelay(configuration: .local(port: server.port))
        let smuggled = Array("a\n.\nMAIL FROM:<evil@example.org>\r.\rb".utf8)
        #expect(await relay.deliver(.sample(content: smuggled)) == .accepted)
        let mended = "a\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\nb\r\n"
        #expect(server.received.map { String(decoding: $0.content, as: UTF8.self) } == [mended])
    }
}

extension Verdict {
    /// The reply's code, as far as there is one.
    var code: Int? {
        switch self {
        case .accepted: 250
        case .later(let reply), .refused(let reply), .unsent(.unwelcome(let reply)): reply.code
        default: nil
        }
    }
}
