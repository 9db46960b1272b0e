import Mail
import Outbound
import TestSupport
import Testing

@Suite struct `A relay's reply` {
    @Test(arguments: [
        ("250 2.1.0 Ok\r\n", 250, "2.1.0", "Ok"), ("250\r\n", 250, "", ""), ("550 no\n", 550, "", "no"),
        ("550-5.1.1 one\r\n550 5.1.1 two\r\n", 550, "5.1.1", "one two"), ("550 4.1.1 odd\r\n", 550, "", "4.1.1 odd"),
        ("452 4.2.2 full \u{1F600}\r\n", 452, "4.2.2", "full ????"), ("250 2.1.0.1 x\r\n", 250, "", "2.1.0.1 x"),
        ("421 4.7.0\r\n", 421, "4.7.0", ""), ("250-a\r\n250-b\r\n250 c\r\n", 250, "", "a b c"),
        ("250-a\r\n251 b\r\n", 251, "", "a b"), ("550-5.7.1 a\r\n554 5.7.1 b\r\n", 554, "5.7.1", "a b"),
        ("250-a\r\n\n250 2.0.0 b\r\n", 250, "2.0.0", "a b"), ("250-a\r\n550 b\r\n", 550, "", "a b"),
    ])
    func `is read`(bytes: String, code: Int, enhanced: String, text: String) throws {
        let reply = try #require(SMTPReply(parsing: Array(bytes.utf8), to: .mail))
        #expect(reply.code == code && reply.text == text)
        let status = reply.enhanced.map { "\($0.class).\($0.subject).\($0.detail)" } ?? ""
        #expect(status == enhanced)
    }

    @Test(arguments: [
        "", "250", "x\r\n", "25\r\n", "199 x\r\n", "600 x\r\n", "250x\r\n", "550-a\r\n250 b\r\n", "\r\n", "２５０ x\r\n",
    ])
    func `is none`(bytes: String) { #expect(SMTPReply(parsing: Array(bytes.utf8), to: .mail) == nil) }

    @Test func `is held only so long, and its text is cut`() {
        let long = "550 " + String(repeating: "x", count: 5000) + "\r\n"
        #expect(SMTPReply(parsing: Array(long.utf8), to: .mail)?.text.utf8.count == SMTPReply.longestText)
        var reader = SMTPReplyReader()
        let endless = Array(repeating: UInt8(ascii: "2"), count: SMTPReplyReader.longest + 1)
        endless.withUnsafeBytes { reader.append($0) }
        #expect(throws: SMTPReplyReader.Garbled.self) { try reader.next() }
    }

    @Test(arguments: 0..<300) func `is read or refused, whatever the bytes and wherever they are cut`(seed: UInt64) {
        var random = Seeded(seed)
        let alphabet = Array("0123456789 -\r\n.25x\u{FF}".utf8)
        let bytes = (0..<200).map { _ in alphabet.randomElement(using: &random) ?? 0 }
        #expect(codes(bytes, cut: 1) == codes(bytes, cut: 200))
        #expect(codes(bytes, cut: 7) == codes(bytes, cut: 200))
    }

    private func codes(_ bytes: [UInt8], cut: Int) -> [Int] {
        var reader = SMTPReplyReader()
        var codes: [Int] = []
        for start in stride(from: 0, to: bytes.count, by: cut) {
            Array(bytes[start..<min(bytes.count, start + cut)]).withUnsafeBytes { reader.append($0) }
            do { while let found = try reader.next() { codes.append(reader.reply(found, to: .mail).code) } } catch {
                return codes + [-1]
            }
        }
        return codes
    }

    @Test(arguments: [
        ("smtp://mail.example.org", "smtp://mail.example.org:25"),
        ("smtps://mail.example.org", "smtps://mail.example.org:465"),
        ("SMTP://127.0.0.1:2525/", "smtp://127.0.0.1:2525"), ("smtp://[::1]:25", "smtp://[::1]:25"),
        ("smtp://[::1]", "smtp://[::1]:25"),
    ])
    func `comes from an address`(text: String, address: String) { #expect(RelayAddress(text)?.description == address) }

    @Test(arguments: [
        "", "smtp://", "http://x", "smtp://u@h", "smtp://h/path", "smtp://h:0", "smtp://h:x", "smtp://a b", "h:25",
    ])
    func `comes from no such address`(text: String) { #expect(RelayAddress(text) == nil) }
}
