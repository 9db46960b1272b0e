import CourantTesting
import Mail
import Outbound
import Testing

/// aiosmtpd has its own reading of the RFCs, which is the point.
@Suite(.timeLimit(.minutes(20))) struct `The relay over TLS` {
    let directory: TemporaryDirectory
    let certificate: String

    init() throws {
        directory = try TemporaryDirectory()
        certificate = try directory.makeCertificate()
    }

    private func configuration(_ server: SMTPProgram) -> SMTPRelay.Configuration {
        .local(port: server.port) {
            $0.address = RelayAddress(host: "localhost", port: server.port)
            $0.tls = .required
            $0.certificateAuthorities = certificate
            $0.user = "courant"
            $0.password = "correct horse"
        }
    }

    @Test func `delivers byte for byte after STARTTLS and AUTH`() async throws {
        let server = try await SMTPProgram.authenticating(in: directory.path)
        let relay = SMTPRelay(configuration: configuration(server))
        let line = Array((String(repeating: "y", count: 74) + "\r\n").utf8)
        let contents = [
            Array("Subject: a\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n".utf8),
            Array(repeatElement(line, count: 13_800).joined()),
            Array("Subject: c\r\n\r\n".utf8), Array(repeatElement(line, count: 220).joined()),
        ]
        let mails = contents.enumerated().map { OutgoingMail.sample(Int64($0), to: "reader\($0)", content: $1) }
        #expect(await relay.deliver(mails) == Array(repeating: .accepted, count: 4))
        for (index, content) in contents.enumerated() {
            #expect(directory.contents(of: "reader\(index).eml") == content)
        }
        await relay.stop(within: .seconds(5))
    }

    @Test func `sends nothing where the certificate does not verify`() async throws {
        let server = try await SMTPProgram.authenticating(in: directory.path)
        var distrusting = configuration(server)
        distrusting.certificateAuthorities = nil
        var misled = configuration(server)
        misled.address = RelayAddress(host: "127.0.0.1", port: server.port)
        for (configuration, fault) in [(distrusting, TLSFault.unknownAuthority), (misled, .otherName)] {
            #expect(await SMTPRelay(configuration: configuration).deliver(.sample()) == .unsent(.insecure(fault)))
        }
        #expect(directory.contents(of: "ann.eml") == nil)
    }

    @Test func `tells a certificate that has run out from any other`() async throws {
        try directory.expireCertificate()
        let server = try await SMTPProgram.authenticating(in: directory.path)
        #expect(
            await SMTPRelay(configuration: configuration(server)).deliver(.sample()) == .unsent(.insecure(.expired)))
        #expect(directory.contents(of: "ann.eml") == nil)
    }

    @Test func `sends nothing where there is no STARTTLS`() async throws {
        let server = try await SMTPProgram.authenticating(in: directory.path, startTLS: false)
        #expect(
            await SMTPRelay(configuration: configuration(server)).deliver(.sample()) == .unsent(.insecure(.notOffered)))
        #expect(directory.contents(of: "ann.eml") == nil)
    }

    @Test func `says that the password is wrong`() async throws {
        let server = try await SMTPProgram.authenticating(in: directory.path)
        var configuration = configuration(server)
        configuration.password = "wrong"
        let verdict = await SMTPRelay(configuration: configuration).deliver(.sample())
        guard case .unsent(.unauthorised(let refusal)) = verdict else {
            Issue.record("\(String(describing: verdict))")
            return
        }
        #expect(refusal.reply?.code == 535 && refusal.mechanism == "PLAIN" && refusal.offered.contains("LOGIN"))
    }

    @Test func `can be looked at without sending anything`() async throws {
        let server = try await SMTPProgram.authenticating(in: directory.path)
        let found = try await SMTPRelay.check(configuration(server))
        #expect(found.isEncrypted && found.isAuthenticated && found.abilities.smtpUTF8 && !found.abilities.pipelining)
        #expect(found.ip == "127.0.0.1" || found.ip == "::1")
        var wrong = configuration(server)
        wrong.password = "wrong"
        await #expect(throws: RelayFailure.self) { try await SMTPRelay.check(wrong) }
    }
}

@Suite(.enabled(if: SMTPProgram.hasSink), .timeLimit(.minutes(20))) struct `The relay against Postfix's smtp-sink` {
    @Test(arguments: [SMTPRelay.Configuration.Grouping.body, .envelope, .off])
    func `delivers`(grouping: SMTPRelay.Configuration.Grouping) async throws {
        let sink = try await SMTPProgram.sink()
        let relay = SMTPRelay(configuration: .local(port: sink.port) { $0.grouping = grouping })
        #expect(await relay.deliver(OutgoingMail.samples(200)) == Array(repeating: .accepted, count: 200))
        await relay.stop(within: .seconds(5))
    }

    /// `-f` refuses for good, `-r` for now; RCPT, the content, MAIL, DATA.
    @Test(arguments: [("-f", "rcpt"), ("-r", "rcpt"), ("-r", "."), ("-f", "."), ("-f", "mail"), ("-r", "data")])
    func `takes refusals`(option: String, command: String) async throws {
        let sink = try await SMTPProgram.sink(option, command)
        let relay = SMTPRelay(configuration: .local(port: sink.port))
        for verdict in await relay.deliver(OutgoingMail.samples(20)) {
            switch verdict {
            case .later: #expect(option == "-r")
            case .refused: #expect(option == "-f")
            default: Issue.record("\(verdict)")
            }
        }
    }

    /// `-q` hangs up after the command, without an answer.
    @Test(arguments: [("mail", false), ("rcpt", false), ("data", false), (".", true)])
    func `takes hang-ups`(command: String, isInDoubt: Bool) async throws {
        let sink = try await SMTPProgram.sink("-q", command)
        let relay = SMTPRelay(configuration: .local(port: sink.port, connections: 1))
        for verdict in await relay.deliver(OutgoingMail.samples(3)) {
            switch verdict {
            case .inDoubt: #expect(isInDoubt)
            case .unsent, .later: break
            default: Issue.record("\(verdict)")
            }
        }
    }
}
