import CourantTesting
import Foundation
import Testing

@testable import Mailbox

/// The server's side of LMTP (RFC 2033), and our own client against it.
@Suite struct LMTPTests {
    private static let opening =
        "LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: x\r\n\r\n..y\r\n.\r\n"

    @Test func `each recipient gets an answer once the mail is settled, and what was sent meanwhile waits`() throws {
        var conversation = SMTPServerConversation(limits: SMTPServer.Limits())
        var events = conversation.take((Self.opening + "QUIT\r\n").utf8)
        #expect(events.last?.mail?.recipients == ["a@example.org", "b@example.org"])
        #expect(events.last?.mail.map { String(decoding: $0.content, as: UTF8.self) } == "Subject: x\r\n\r\n.y\r\n")
        #expect(!conversation.isOver)
        events = conversation.settle(isTaken: true)
        #expect(events.compactMap(\.code) == ["250", "250", "221"] && conversation.isOver)
    }

    @Test func `what could not be kept is to be sent again, by each recipient; SMTP gets one answer`() {
        var conversation = SMTPServerConversation(limits: SMTPServer.Limits())
        _ = conversation.take(Self.opening.utf8)
        #expect(conversation.settle(isTaken: false).compactMap(\.code) == ["451", "451"])
        _ = conversation.take(Self.opening.replacingOccurrences(of: "LHLO", with: "EHLO").utf8)
        #expect(conversation.settle(isTaken: true).compactMap(\.code) == ["250"])
    }

    @Test func `of a large mail only the beginning is kept, also where it is one line`() {
        var limits = SMTPServer.Limits()
        limits.kept = 1000
        var conversation = SMTPServerConversation(limits: limits)
        let start = Self.opening.dropLast(5)
        _ = conversation.take(start.utf8)
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1024 * 1024)
        for _ in 0..<3 { _ = conversation.take(megabyte) }
        // No dot in the midst of a line is an end.
        #expect(conversation.take(".\r\n".utf8).isEmpty)
        let events = conversation.take(".\r\n".utf8)
        #expect(events.last?.mail?.content.count == 1000)
        #expect(conversation.settle(isTaken: true).compactMap(\.code) == ["250", "250"])
    }

    @Test func `a mail beyond the limit is refused`() {
        var limits = SMTPServer.Limits()
        limits.largestMail = 100_000
        var conversation = SMTPServerConversation(limits: limits)
        _ = conversation.take(Self.opening.dropLast(5).utf8)
        _ = conversation.take([UInt8](repeating: UInt8(ascii: "x"), count: 200_000))
        #expect(conversation.take("\r\n.\r\n".utf8).compactMap(\.code) == ["552", "552"])
    }

    @Test func `our client hands a mail over byte for byte, by a socket too, and knows when to come again`()
        async throws
    {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        let mailbox = Mailbox()
        let path = directory.appending(path: "lmtp").path
        let client = LMTPClient(.socket(path: path))
        let mail = ReceivedMail(sender: nil, recipients: ["a@example.org"], content: Array("A: b\n\n.\n..x\nend".utf8))
        #expect(await client.hand(mail) == .later, "nobody listens")
        let server = try await SMTPServer.start(at: .socket(path: path)) { mail in
            if mailbox.entries.isEmpty {
                mailbox.keep(mail)
                throw TestFailure("away")
            }
            mailbox.keep(mail)
            return true
        }
        #expect(await client.hand(mail) == .later)
        #expect(await client.hand(mail) == .taken)
        let bad = ReceivedMail(sender: nil, recipients: [""], content: mail.content)
        #expect(await client.hand(bad) == .refused)
        #expect(
            mailbox.entries.map { String(decoding: $0.mail.content, as: UTF8.self) }
                == Array(repeating: "A: b\r\n\r\n.\r\n..x\r\nend\r\n", count: 2))
        await server.stop()
    }
}

extension SMTPServerConversation.Event {
    fileprivate var mail: ReceivedMail? { if case .mail(let mail) = self { mail } else { nil } }
    fileprivate var code: String? { if case .reply(let text) = self { String(text.prefix(3)) } else { nil } }
}
