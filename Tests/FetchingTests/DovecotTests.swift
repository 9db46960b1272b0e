import CourantTesting
import Foundation
import Mail
import Testing

@testable import Fetching

/// Against Dovecot, which has its own reading of the RFCs.
@Suite(.enabled(if: DovecotServer.isThere), .timeLimit(.minutes(20))) struct `A mailbox at Dovecot` {
    private static let everyWay: [MailboxAddress.Scheme] = [.imaps, .imap, .pop3s, .pop3]

    private func configuration(
        _ server: DovecotServer, _ scheme: MailboxAddress.Scheme = .imaps
    ) -> MailboxConfiguration {
        .local(scheme, server.port(scheme.rawValue)).changed {
            $0.requiresTLS = true
            $0.certificateAuthorities = server.certificate
            $0.interval = .milliseconds(100)
        }
    }

    @Test func `by every way, ours are read and deleted, and what is somebody else's stays unread`() async throws {
        let server = try await DovecotServer.start()
        for scheme in Self.everyWay {
            let text = "Subject: ours\r\n\r\n.dot\r\nA004 OK \(scheme)\r\n* 1 EXISTS\r\n.\r\n"
            try server.deliver("Subject: theirs\r\n\r\nhello\r\n".utf8, as: "theirs-\(scheme)")
            try server.deliver(text.utf8, as: "ours-\(scheme)")
            let fetching = RunningFetcher(configuration(server, scheme))
            try await eventually("ours is gone") {
                server.mails.keys.allSatisfy { $0.hasPrefix("theirs") }
            }
            #expect(fetching.mails.filter { $0.contains("ours") } == [text])
            #expect(server.mails.values.allSatisfy { !$0.contains("S") && !$0.contains("T") })
        }
        #expect(server.mails.count == Self.everyWay.count)
    }

    @Test func `of hundreds each is read once, whatever lies between`() async throws {
        let server = try await DovecotServer.start()
        for number in 0..<250 {
            try server.deliver("Subject: \(number % 3 == 0 ? "ours" : "theirs") \(number)\r\n\r\nx\r\n".utf8)
        }
        for scheme in [MailboxAddress.Scheme.imaps, .pop3] {
            let fetching = RunningFetcher(configuration(server, scheme))
            try await fetching.reads()
            #expect(Set(fetching.mails).count == (scheme == .imaps ? 250 : 166) && server.mails.count == 166)
            try server.deliver("Subject: ours at last\r\n\r\nx\r\n".utf8)
            try await eventually("it comes") { fetching.mails.count == (scheme == .imaps ? 251 : 167) }
            try await eventually("it goes") { server.mails.count == 166 }
        }
    }

    @Test(arguments: [MailboxAddress.Scheme.imaps, .pop3s])
    func `of a mail of ten megabytes the beginning is read, and it is deleted whole`(
        _ scheme: MailboxAddress.Scheme
    ) async throws {
        let server = try await DovecotServer.start()
        let line = String(repeating: "x", count: 998) + "\r\n"
        try server.deliver(("Subject: ours\r\n\r\n" + String(repeating: line, count: 10_000)).utf8)
        let fetching = RunningFetcher(configuration(server, scheme))
        try await eventually("it goes") { server.mails.isEmpty && fetching.mails.count == 1 }
        #expect(fetching.mails[0].utf8.count == 256 * 1024)
    }

    @Test func `what comes while we listen is read at once`() async throws {
        let server = try await DovecotServer.start()
        let fetching = RunningFetcher(configuration(server).changed { $0.interval = .seconds(3600) })
        try await fetching.reads()
        for number in 1...3 {
            try server.deliver("Subject: ours \(number)\r\n\r\nx\r\n".utf8)
            try await eventually("it is read") { fetching.mails.count == number }
        }
        try await eventually("they go") { server.mails.isEmpty }
    }

    @Test func `an IDLE is said anew before the server hangs up`() async throws {
        let server = try await DovecotServer.start()
        let fetching = RunningFetcher(
            configuration(server).changed {
                $0.interval = .seconds(3600)
                $0.timeouts.idle = .milliseconds(20)
            })
        try await fetching.reads(3)
        #expect(server.log.components(separatedBy: "Login:").count == 2 && fetching.failures.isEmpty)
    }

    @Test func `nobody is signed in by a wrong password, and nothing is said where the certificate is another's`()
        async throws
    {
        let server = try await DovecotServer.start()
        for scheme in Self.everyWay {
            let right = configuration(server, scheme)
            let wrong = RunningFetcher(right.changed { $0.secret = .password("wrong") })
            guard case .unauthorised(let words?) = try await wrong.fails() else {
                Issue.record("\(scheme): \(wrong.failures)")
                continue
            }
            #expect(words.contains("uthentication failed"))
            let misled = right.changed {
                $0.address = MailboxAddress(scheme: scheme, host: "127.0.0.1", port: $0.address.port)
            }
            #expect(try await RunningFetcher(misled).fails() == .insecure(.otherName))
            let distrusting = right.changed { $0.certificateAuthorities = nil }
            #expect(try await RunningFetcher(distrusting).fails() == .insecure(.unknownAuthority))
        }
    }

    @Test func `a look in says how many there are, and takes none`() async throws {
        let server = try await DovecotServer.start()
        for _ in 0..<3 { try server.deliver("Subject: ours\r\n\r\nx\r\n".utf8) }
        for scheme in Self.everyWay {
            let findings = try await MailFetcher.check(
                configuration(server, scheme))
            #expect(findings.count == 3 && findings.isEncrypted)
        }
        #expect(server.mails.count == 3)
        let elsewhere = configuration(server).changed { $0.folder = "Rückläufer" }
        await #expect(throws: FetchFailure.self) { try await MailFetcher.check(elsewhere) }
    }
}
