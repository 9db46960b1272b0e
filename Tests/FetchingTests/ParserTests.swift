import Foundation
import TestSupport
import Testing

@testable import Fetching

@Suite struct `What a mailbox's server says` {
    private func read(_ text: String, cutAt size: Int = 7) throws -> [IMAPResponse] {
        var reader = IMAPReader(longestLiteral: 1000)
        return try Self.feed(&reader, Array(text.utf8), cutAt: { size })
    }

    private static func feed(
        _ reader: inout IMAPReader, _ bytes: [UInt8], cutAt size: () -> Int
    ) throws -> [IMAPResponse] {
        var responses: [IMAPResponse] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size()))
            rest = rest.dropFirst(piece.count)
            piece.withUnsafeBytes { reader.append($0) }
            while let response = try reader.next() { responses.append(response) }
        }
        return responses
    }

    @Test(arguments: 1...40) func `is the same however it is cut up`(_ size: Int) throws {
        let text =
            "* 3 EXISTS\r\n* 2 FETCH (UID 7 FLAGS (\\Seen \\Deleted) BODY[]<0> {13}\r\nA1 OK\r\n{5})\r\n)\r\n"
            + "* OK [UIDVALIDITY 7] fine {5}\r\n* SEARCH 1 2\r\n+ go on\nx1 NO [OVERQUOTA] \"no\" room (\r\n"
        let responses = try read(text, cutAt: size)
        #expect(responses.map(\.tag) == ["*", "*", "*", "*", "+", "x1"])
        #expect(responses[0].content == .message(3, "EXISTS", []))
        let items: [IMAPValue] = [
            .atom("UID"), .atom("7"), .atom("FLAGS"), .list([.atom("\\Seen"), .atom("\\Deleted")]), .atom("BODY[]<0>"),
            .string(Array("A1 OK\r\n{5})\r\n".utf8)),
        ]
        #expect(responses[1].content == .message(2, "FETCH", [.list(items)]))
        #expect(
            responses[2].content == .status(.init(word: "OK", code: "UIDVALIDITY", argument: "7", text: "fine {5}")))
        #expect(
            responses[5].content == .status(.init(word: "NO", code: "OVERQUOTA", argument: "", text: "\"no\" room (")))
    }

    @Test(arguments: [
        "* 1 FETCH (UID 1 BODY[] {1001}\r\n", "* 1 FETCH (", "* 1 FETCH (UID 1", "* 1 FETCH )", "* 1 FETCH (\"a)",
        "x1 FETCH 1", "*", "* ", " ", "* 1", "* 1 FETCH (BODY[] {2}\r\nab", String(repeating: "(", count: 90),
    ])
    func `is refused where it is not IMAP`(_ text: String) {
        #expect(throws: IMAPResponseParser.Garbled.self) { try self.read(text + "\r\n") }
    }

    @Test func `is bounded in every direction`() {
        #expect(throws: IMAPResponseParser.Garbled.self) {
            try self.read(String(repeating: "x", count: 70_000), cutAt: 5000)
        }
        let many = String(repeating: " {1}\r\nx", count: 40)
        #expect(throws: IMAPResponseParser.Garbled.self) { try self.read("* 1 FETCH (\(many))\r\n") }
        let sum = String(repeating: " {1000}\r\n" + String(repeating: "x", count: 1000), count: 15)
        #expect(throws: Never.self) { try self.read("* 1 FETCH (\(sum))\r\n", cutAt: 500) }
    }

    @Test func `never breaks us, and never grows`() throws {
        var random = Seeded(0x1A4)
        let pieces = [
            "* ", "x1 ", "+ ", "OK ", "NO ", "FETCH ", "EXISTS", "(", ")", "[", "]", "\"", "\\", "{3}\r\n", "{999}\r\n",
            "~{2}\r\n", "{99999999999}", "UID ", "BODY[]<0> ", "12 ", "\r\n", "\n", "\r", " ", "\0", "4294967296 ", "{",
            "}",
        ]
        for _ in 0..<20_000 {
            var reader = IMAPReader(longestLiteral: 1000)
            let bytes = Array(random.text(of: pieces, upTo: 40).utf8)
            _ = try? Self.feed(&reader, bytes) { Int.random(in: 1...20, using: &random) }
        }
    }

    @Test func `by POP3 is the same however it is cut up, and of a mail the end is found`() {
        var random = Seeded(0x909)
        let pieces = [".", "..", "\r", "x", ".\r", "mail"]
        for _ in 0..<5000 {
            // As a server sends it: lines, each dot at a line's begin doubled, and the line of a dot.
            let lines = (0...Int.random(in: 0..<5, using: &random)).map { _ in
                Array(random.text(of: pieces, upTo: 4).utf8.filter { $0 != UInt8(ascii: "\n") }) + [0x0D, 0x0A]
            }
            let sent =
                lines.flatMap { ($0[0] == UInt8(ascii: ".") ? [$0[0]] : []) + $0 } + Array(".\r\n+OK next\r\n".utf8)
            var (reader, mail, isDone) = (POP3Reader(), POP3Mail(longest: 1000), false)
            var rest = sent[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(Int.random(in: 1...9, using: &random)))
                rest = rest.dropFirst(piece.count)
                piece.withUnsafeBytes { reader.append($0) }
                if !isDone { isDone = reader.read(into: &mail) }
            }
            #expect(isDone && mail.content == Array(lines.joined()))
            #expect(reader.nextLine() == Array("+OK next".utf8))
        }
    }

    @Test func `by POP3 is kept as far as it is wanted`() {
        var (reader, mail) = (POP3Reader(), POP3Mail(longest: 10))
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        bytes.withUnsafeBytes { reader.append($0) }
        #expect(!reader.read(into: &mail) && mail.content.count == 10)
        bytes.withUnsafeBytes { reader.append($0) }
        #expect(reader.nextLine() == nil)
        [UInt8(ascii: "\n")].withUnsafeBytes { reader.append($0) }
        #expect(reader.nextLine()?.count == POP3Reader.longestLine)
    }

    @Test(arguments: [
        ("INBOX", "\"INBOX\""), ("Rückläufer", "\"R&APw-ckl&AOQ-ufer\""), ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("A&B", "\"A&-B\""),
        ("台北/日本語", "\"&U,BTFw-/&ZeVnLIqe-\""),
    ])
    func `to it a folder is named in its own alphabet`(_ name: String, _ wire: String) {
        #expect(IMAPFolder(name).quoted == wire)
    }

    @Test(arguments: [([3, 5, 6, 7], "3,5:7"), ([1], "1"), ([9, 8, 4_294_967_295], "8:9,4294967295")])
    func `to it UIDs are named in ranges`(_ uids: [UInt32], _ set: String) {
        #expect(IMAPSession.set(uids) == set)
    }

    @Test(arguments: [
        ("imaps://mail.example.org", "imaps://mail.example.org:993"), ("IMAP://a:1143/", "imap://a:1143"),
        ("pop3://[::1]", "pop3://[::1]:110"), ("pop3s://x", "pop3s://x:995"), ("http://x", nil), ("imaps://", nil),
        ("imaps://user@x", nil), ("imaps://x/INBOX", nil), ("imaps://x:0", nil),
    ])
    func `stands at an address`(_ text: String, _ address: String?) {
        #expect(MailboxAddress(text)?.description == address)
    }
}
