import CourantTesting
import Mail
import Outbound
import Testing

@Suite(.timeLimit(.minutes(20))) struct `The relay in trouble` {
    @Test func `gives mails back at once while nobody listens`() async throws {
        let port = try SMTPScript().port
        let relay = SMTPRelay(configuration: .local(port: port) { $0.backoff.first = .seconds(60) })
        for verdict in await relay.deliver(OutgoingMail.samples(20)) + relay.deliver(OutgoingMail.samples(3)) {
            guard case .unsent(.unreachable) = verdict else {
                Issue.record("\(verdict)")
                return
            }
        }
    }

    @Test func `comes back when the relay does`() async throws {
        let server = try SMTPScript { step, turn in
            step == .greeting && turn.count == 1 ? .both(.reply("421 4.3.2 shutting down"), .hangUp) : nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        #expect(await relay.deliver(.sample())?.code == 421)
        try await eventually("the relay takes it") { await relay.deliver(.sample()) == .accepted }
        #expect(server.connections == 2)
    }

    @Test(arguments: ["421 4.7.0 too many connections", "554 5.7.1 we do not know you"])
    func `says why it is not welcome`(greeting: String) async throws {
        let server = try SMTPScript { step, _ in step == .greeting ? .both(.reply(greeting), .hangUp) : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port))
        let verdict = await relay.deliver(.sample())
        #expect(verdict?.code == Int(greeting.prefix(3)))
    }

    @Test(.timeLimit(.minutes(1)))
    func `gives a mail back as soon as no address is left, however long a connection may take`() async throws {
        let rude = try SMTPScript { step, _ in step == .greeting ? .both(.reply("421 go away"), .hangUp) : nil }
        for port in [rude.port, try SMTPProgram.freePort()] {
            let relay = SMTPRelay(configuration: .local(port: port) { $0.timeouts.connect = .seconds(3600) })
            let verdict = await relay.deliver(.sample())
            guard case .unsent = verdict else {
                Issue.record("\(String(describing: verdict))")
                return
            }
        }
    }

    @Test func `waits for a greeting only so long`() async throws {
        let server = try SMTPScript { step, _ in step == .greeting ? .silence : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port) { $0.timeouts.greeting = .milliseconds(30) })
        #expect(
            await relay.deliver(.sample()) == .unsent(.unreachable("no greeting from 127.0.0.1 within 30 ms")))
    }

    /// RFC 5321 §4.5.3.2.1 allows five minutes; the clock of TCP's own step is over long before.
    @Test func `waits for a greeting that is held back, whole or in part, longer than for TCP`() async throws {
        let server = try SMTPScript { step, turn in
            guard step == .greeting else { return nil }
            let late = SMTPScript.Answer.after(.milliseconds(300), .reply("220 relay.example ready"))
            return turn.count == 1 ? .both(.reply("220-relay.example"), late) : late
        }
        for _ in 1...2 {
            let relay = SMTPRelay(configuration: .local(port: server.port) { $0.timeouts.connect = .milliseconds(100) })
            #expect(await relay.deliver(.sample()) == .accepted)
            await relay.stop(within: .seconds(5))
        }
    }

    @Test(arguments: [SMTPScript.Step.mail, .rcpt, .data])
    func `knows that a mail is unsent when the relay falls silent before the dot`(step: SMTPScript.Step) async throws {
        let server = try SMTPScript { asked, _ in asked == step ? .silence : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port) { $0.timeouts.reply = .milliseconds(30) })
        let verdict = await relay.deliver(.sample())
        #expect(verdict?.illness == SMTPReply.lost("The relay did not answer in time", at: step))
        #expect(server.received.isEmpty && server.connections == 2)
    }

    @Test func `knows that a mail is in doubt when the answer to the dot does not come`() async throws {
        let server = try SMTPScript { step, turn in step == .content && turn.count == 1 ? .silence : nil }
        let relay = SMTPRelay(
            configuration: .local(port: server.port, connections: 1) { $0.timeouts.finalDot = .milliseconds(30) })
        let verdicts = await relay.deliver(OutgoingMail.samples(3))
        #expect(verdicts.first == .inDoubt)
        #expect(!verdicts.dropFirst().contains(.inDoubt))
    }

    @Test(arguments: [SMTPScript.Answer.hangUp, .reset])
    func `knows that a mail is in doubt when the connection dies after the dot`(end: SMTPScript.Answer) async throws {
        let server = try SMTPScript { step, turn in step == .content && turn.count == 2 ? end : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        #expect(await relay.deliver(OutgoingMail.samples(4)) == [.accepted, .inDoubt, .accepted, .accepted])
    }

    @Test(arguments: [SMTPScript.Answer.hangUp, .reset, .both(.reply("421 4.3.2 bye"), .hangUp)])
    func `sends a mail again when the connection dies before its dot`(end: SMTPScript.Answer) async throws {
        let server = try SMTPScript { step, turn in step == .mail && turn.count.isMultiple(of: 5) ? end : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        #expect(await relay.deliver(OutgoingMail.samples(12)).allSatisfy { $0 == .accepted })
        #expect(server.received.count == 12)
    }

    static let deaths: [SMTPScript.Answer] = [
        .hangUp, .reset, .both(.reply("421 4.7.0 try again later"), .hangUp), .raw(Array("no code\r\n".utf8)),
    ]

    /// The ill mail comes first, is alone at its second try, and is put off; nobody else waits for it.
    @Test(arguments: deaths.indices, [1, 4])
    func `puts a mail off under which connections die, and sends all the others`(death: Int, connections: Int)
        async throws
    {
        let server = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("reader1@") ? Self.deaths[death] : nil
        }
        let relay = SMTPRelay(
            configuration: .local(port: server.port, connections: connections) { $0.backoff.first = .seconds(60) })
        let verdicts = await relay.deliver(OutgoingMail.samples(100))
        #expect(verdicts.dropFirst().allSatisfy { $0 == .accepted })
        let illness = try #require(verdicts.first?.illness)
        // A reset may take the answer to MAIL with it.
        #expect(illness.code == 421 && [.mail, .recipient].contains(illness.command))
        #expect(server.commands.count { $0.line.contains("reader1@") } == 2)
    }

    @Test func `puts off each of many ill mails, and sends all between them`() async throws {
        let server = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("0@") ? .both(.reply("421 4.7.0 later"), .hangUp) : nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 2))
        var rest = OutgoingMail.samples(100)
        var settled: [Int64: Verdict] = [:]
        while !rest.isEmpty {
            for (mail, verdict) in zip(rest, await relay.deliver(rest)) {
                if case .unsent = verdict { continue }
                settled[mail.ticket] = verdict
            }
            rest.removeAll { settled[$0.ticket] != nil }
        }
        #expect(settled.values.count { $0 == .accepted } == 90)
        #expect(settled.filter { $0.value.illness != nil }.keys.allSatisfy { $0.isMultiple(of: 10) })
    }

    @Test func `puts an ill mail off where there is no other, and takes the next one`() async throws {
        let server = try SMTPScript { step, turn in step == .rcpt && turn.line.contains("ill@") ? .hangUp : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port))
        #expect(await relay.deliver(.sample(to: "ill"))?.illness != nil)
        #expect(await relay.deliver(.sample(2)) == .accepted)
    }

    @Test func `gives mails back where the relay lets everybody in and answers nobody`() async throws {
        let server = try SMTPScript { step, _ in step == .mail ? .hangUp : nil }
        let relay = SMTPRelay(
            configuration: .local(port: server.port, connections: 2) { $0.backoff.first = .milliseconds(500) })
        let verdicts = await relay.deliver(OutgoingMail.samples(50))
        #expect(verdicts.count { $0 == .unsent(.lost("The relay closed the connection")) } > 40)
        #expect(verdicts.allSatisfy { $0 != .inDoubt && $0 != .accepted })
    }

    @Test func `does not give one mail's late answer to another`() async throws {
        let server = try SMTPScript { step, turn in
            step == .content && turn.count == 1 ? .after(.seconds(2), .reply("550 5.7.1 late")) : nil
        }
        let relay = SMTPRelay(
            configuration: .local(port: server.port, connections: 1) { $0.timeouts.finalDot = .milliseconds(20) })
        #expect(await relay.deliver(.sample(1)) == .inDoubt)
        try await eventually("the relay takes it") { await relay.deliver(.sample(2)) == .accepted }
        #expect(server.received.count == 1)
    }

    @Test func `takes a refusal in the middle of the content`() async throws {
        let server = try SMTPScript { step, turn in
            step == .data && turn.count == 1
                ? .both(.reply("354 go"), .both(.reply("552 5.3.4 too big"), .hangUp)) : nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8_000_000)
        let verdict = await relay.deliver(.sample(content: large))
        // The relay hung up, and its 552 may be lost with the connection; what is certain is that it has no mail.
        #expect(verdict != .accepted && verdict != .inDoubt)
    }

    @Test func `does not wait for a relay that hangs at QUIT`() async throws {
        let server = try SMTPScript { step, _ in step == .quit ? .silence : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port))
        #expect(await relay.deliver(.sample()) == .accepted)
        let start = ContinuousClock.now
        await relay.stop(within: .milliseconds(20))
        #expect(ContinuousClock.now - start < .seconds(60), "a hung QUIT is waited for two minutes by curl itself")
    }

    @Test func `stops: what waits is unsent, what is on the wire gets its answer`() async throws {
        let gate = Gate()
        let server = try SMTPScript { step, _ in
            if step == .content { gate.wait() }
            return nil
        }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1) { $0.grouping = .envelope })
        async let verdicts = relay.deliver(OutgoingMail.samples(10))
        try await eventually("DATA") { server.commands.last?.line == "DATA" }
        async let stopped: Void = relay.stop(within: .seconds(10))
        #expect(await relay.deliver(.sample()) == .unsent(.stopping))
        gate.open()
        await stopped
        #expect(await verdicts == [.accepted] + Array(repeating: .unsent(.stopping), count: 9))
    }

    @Test func `stops in time: what has no answer by then is in doubt`() async throws {
        let server = try SMTPScript { step, _ in step == .content ? .silence : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1) { $0.grouping = .envelope })
        async let verdict = relay.deliver(.sample())
        try await eventually("DATA") { server.commands.last?.line == "DATA" }
        await relay.stop(within: .milliseconds(100))
        #expect(await verdict == .inDoubt)
    }

    static let nonsense: [SMTPScript.Answer] = [
        .raw(Array(repeating: UInt8(ascii: "x"), count: 100_000)),
        .raw(Array(String(repeating: "250-more\r\n", count: 20_000).utf8)),
        .raw(Array("\u{1F600}\r\n".utf8)), .raw([0, 13, 10]), .reply("999 what"), .reply("25"), .reply("100 continue"),
        .reply("300 odd"), .reply("550-one\r\n250 two"), .both(.reply("250 Ok"), .reply("250 again")),
    ]

    @Test(arguments: nonsense.indices)
    func `hangs up on nonsense, and puts the mail off that it is answered with`(index: Int) async throws {
        let server = try SMTPScript { step, _ in step == .rcpt ? Self.nonsense[index] : nil }
        let relay = SMTPRelay(configuration: .local(port: server.port, connections: 1))
        let verdict = await relay.deliver(.sample())
        #expect(verdict?.illness?.enhanced == EnhancedStatus(class: 4, subject: 4, detail: 2))
    }
}

extension Verdict {
    /// As what it was put off.
    fileprivate var illness: SMTPReply? {
        if case .later(let reply) = self { reply } else { nil }
    }
}

extension SMTPReply {
    fileprivate static func lost(_ text: String, at step: SMTPScript.Step) -> SMTPReply {
        let command: SMTPCommand = step == .mail ? .mail : step == .rcpt ? .recipient : .data
        return SMTPReply(
            code: 421, enhanced: EnhancedStatus(class: 4, subject: 4, detail: 2), text: text, to: command)
    }
}
