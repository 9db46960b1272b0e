import CourantTesting
import Foundation
import Hummingbird
import HummingbirdTesting
import Mail
import Mailbox
import Outbound
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct `The mailbox` {
    let mailbox = Mailbox(most: 3, now: { Date(timeIntervalSince1970: 1_790_000_000) })

    static let letter = """
        From: =?utf-8?Q?Bl=C3=A5b=C3=A6r?= =?utf-8?B?cGFya2Vu?= <news@example.org>\r
        To: ann@example.org\r
        Subject: Spring <b>&\r
         more\r
        Content-Type: multipart/alternative; boundary="a;b"\r
        \r
        --a;b\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        Hei =C3=A5 =\r
        https://example.org/a?b=3D1&c <x>\r
        --a;b\r
        Content-Type: text/html; charset=utf-8\r
        Content-Transfer-Encoding: base64\r
        \r
        PGh0bWw+PGhlYWQ+PC9oZWFkPjxwPkhlaTwvcD48L2h0bWw+\r
        --a;b--\r

        """

    private func page(_ path: String) async throws -> (status: Int, text: String, policy: String) {
        let router = Router()
        MailboxRoutes(mailbox: mailbox).add(to: router)
        return try await Application(router: router).test(.router) { client in
            try await client.execute(uri: path, method: .get) { response in
                (response.status.code, String(buffer: response.body), response.headers[.contentSecurityPolicy] ?? "")
            }
        }
    }

    @Test func `takes what the relay sends, byte for byte, and keeps the newest`() async throws {
        let mailbox = mailbox
        let server = try await SMTPServer.start { mailbox.keep($0) }
        let relay = SMTPRelay(configuration: .local(port: server.port))
        let content = Array("Subject: a\r\n\r\n.dot\r\n..\r\n".utf8)
        #expect(await relay.deliver(.sample(content: content)) == .accepted)
        #expect(mailbox.entries.first?.mail.content == content)
        #expect(mailbox.entries.first?.mail.recipients == ["ann@example.org"])
        #expect(await relay.deliver(OutgoingMail.samples(200)).allSatisfy { $0 == .accepted })
        #expect(mailbox.entries.map(\.id) == [201, 200, 199])
        await relay.stop(within: .seconds(5))
        await server.stop()
    }

    @Test func `shows the list, which looks for new mail by itself`() async throws {
        #expect(try await page("/mailbox").text.contains("No mail yet"))
        mailbox.keep(ReceivedMail(sender: nil, recipients: ["<b>@x"], content: Array(Self.letter.utf8)))
        let text = try await page("/mailbox").text
        #expect(
            text.contains("http-equiv=\"refresh\"") && text.contains("&lt;b&gt;@x")
                && text.contains("href=\"/mailbox/1\""))
        #expect(text.contains("Spring &lt;b&gt;&amp; more"))
    }

    @Test func `shows a mail in each of its views`() async throws {
        mailbox.keep(ReceivedMail(sender: "b@x", recipients: ["ann@example.org"], content: Array(Self.letter.utf8)))
        let html = try await page("/mailbox/1")
        #expect(html.text.contains("<iframe src=\"/mailbox/1/frame\"") && !html.text.contains("refresh"))
        #expect(html.text.contains("Blåbærparken &lt;news@example.org&gt;"))
        let frame = try await page("/mailbox/1/frame")
        #expect(frame.text == "<html><head><base target=\"_blank\"></head><p>Hei</p></html>")
        #expect(frame.policy.contains("sandbox") && frame.policy.contains("default-src 'none'"))
        let link = "<a href=\"https://example.org/a?b=1&amp;c\" target=\"_blank\" rel=\"noopener noreferrer\">"
        #expect(try await page("/mailbox/1/text").text.contains("Hei å \(link)"))
        #expect(
            try await page("/mailbox/1/headers").text.contains("<dt>Subject</dt><dd>Spring &lt;b&gt;&amp; more</dd>"))
        #expect(try await page("/mailbox/1/source").text.contains("=?utf-8?Q?Bl=C3=A5b=C3=A6r?="))
        #expect(try await page("/mailbox/2").status == 404)
    }

    @Test(arguments: 0..<300) func `reads any bytes as some mail`(seed: UInt64) {
        var random = Seeded(seed)
        var bytes = Array(Self.letter.utf8)
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[at] = .random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<min(bytes.count, at + 20))
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
            }
            if bytes.isEmpty { bytes = [10] }
        }
        let reader = MIMEReader(bytes)
        for type in ["text/plain", "text/html"] { _ = reader.part(type)?.text }
        #expect(reader.fields.count < 1000)
    }
}
