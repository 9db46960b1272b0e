import CourantTesting
import Foundation
import Mail
import TestSupport
import Testing

@Suite struct HeaderTests {
    static let bad = [
        "a\r\nBcc: x@y.no", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "a\u{2028}b", "\u{202E}a", "a\u{1B}b", "",
    ]

    @Test(arguments: bad) func `a header's text cannot hold what is not seen`(text: String) {
        #expect(throws: HeaderText.Problem.self) { try HeaderText(text) }
    }

    @Test func `cleaned text loses its line breaks`() {
        #expect(HeaderText(cleaning: "a\r\nBcc: b")?.text == "a  Bcc: b")
        #expect(HeaderText(cleaning: "\r\n") == nil)
    }

    @Test func `a correspondent is read as settings give it`() throws {
        let full = try #require(Correspondent("\"Ann, Lee\" <ann@example.org>"))
        #expect(full.name?.text == "Ann, Lee" && full.address.wire == "ann@example.org")
        #expect(Correspondent("ann@example.org")?.name == nil)
        #expect(Correspondent("<ann@example.org>") == nil)
        #expect(Correspondent("Ann\r\nBcc: x <ann@example.org>") == nil)
        #expect(Correspondent("Ann <ann@example.org> <bob@example.org>") != nil)
    }

    @Test func `what is malformed is no header value`() {
        #expect(HeaderURI("https://example.org/a>\r\nBcc: x") == nil)
        #expect(HeaderURI("javascript:alert(1)") == nil)
        #expect(HeaderURI("https://example.org/å") == nil)
        #expect(FeedbackID(["a", "a"], sender: "courant") == nil)
        #expect(FeedbackID(["a:b"], sender: "courant") == nil)
        #expect(FeedbackID(["news", "nb"], sender: "courant")?.text == "news:nb:courant")
    }

    @Test func `a date is written in UTC`() {
        #expect(MailDate(Date(timeIntervalSince1970: 0)).text == "Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(MailDate(Date(timeIntervalSince1970: 1_709_210_096.9)).text == "Thu, 29 Feb 2024 12:34:56 +0000")
        #expect(MailDate(.distantPast).text == "Mon, 1 Jan 0001 00:00:00 +0000")
        #expect(MailDate(Date(timeIntervalSince1970: .infinity)).text == "Fri, 31 Dec 9999 23:59:59 +0000")
    }

    @Test func `subjects and names survive an independent reader`() throws {
        let pieces = [
            "a", "Hello ", "  ", "é", "👩‍👩‍👧‍👦", "عمر", "=?", "?=", "=?utf-8?Q?x?=", "\"", "\\", ",", "_", "a\u{301}",
            "<x@y>", "(", String(repeating: "æ", count: 60), String(repeating: "z", count: 90),
        ]
        var random = Seeded(6)
        var texts: [String] = []
        var mails: [String] = []
        while texts.count < 400 {
            guard let text = try? HeaderText(random.text(of: pieces, upTo: 12)) else { continue }
            let address = try EmailAddress("ann@example.org")
            var block = HeaderBlock()
            block.add("Subject", text)
            block.add("From", Correspondent(name: text, address: address))
            for line in QuotedPrintableTests.lines(block.bytes) {
                #expect(line.count <= 76 && line.allSatisfy { (0x20...0x7E).contains($0) })
            }
            texts.append(text.text)
            mails.append(String(decoding: block.bytes, as: UTF8.self))
        }
        for (read, text) in zip(try Python.decodedHeaders(mails), texts) {
            #expect(read == [text, text, "ann@example.org"])
        }
    }
}

/// Python's `email`, as a reader that we did not write.
enum Python {
    static func decodedHeaders(_ mails: [String]) throws -> [[String]] {
        let script = """
            import email, email.policy, json, sys
            from email.header import decode_header, make_header
            out = []
            for text in json.load(sys.stdin):
                m = email.message_from_bytes(text.encode('ascii'), policy=email.policy.default)
                # Not addresses[0].display_name: Python 3.11 keeps the space between adjacent encoded-words there.
                phrase = email.message_from_bytes(text.encode('ascii'))['From'].replace('\\r\\n', '').rsplit(' ', 1)[0]
                out.append([str(m['Subject']), str(make_header(decode_header(phrase))), m['From'].addresses[0].addr_spec])
            json.dump(out, sys.stdout)
            """
        return try JSONDecoder().decode([[String]].self, from: run(script, JSONEncoder().encode(mails)))
    }

    static func run(_ script: String, _ input: Data) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Subprocess("/usr/bin/python3", ["-c", script])
        process.line.standardInput = try FileHandle(forReadingFrom: file)
        let data = try process.outputNow()
        return data
    }
}
