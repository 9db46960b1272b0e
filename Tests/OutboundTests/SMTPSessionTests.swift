import Mail
import Outbound
import TestSupport
import Testing

/// Conversations played to the session by hand, without sockets.
@Suite struct `An SMTP session` {
    private func session(_ grouping: SMTPRelay.Configuration.Grouping = .body) -> SMTPSession<Int> {
        var abilities = SMTPAbilities()
        abilities.pipelining = true
        return SMTPSession(abilities: abilities, grouping: grouping, mails: 100)
    }

    private func mail(_ number: Int) -> OutgoingMail {
        OutgoingMail(
            ticket: Int64(number), person: 0, sender: nil,
            recipient: EmailAddress(localPart: "r\(number)", domain: "x.no"),
            content: Array("\(number)\r\n".utf8))
    }

    @Test func `sends content and the next envelope in one piece`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        #expect(session.write() == "MAIL FROM:<>\r\nRCPT TO:<r1@x.no>\r\nDATA\r\n")
        #expect(session.wantsMail == false)
        session.hear("250 a\r\n250 b\r\n354 c\r\n")
        #expect(session.wantsMail == true)
        session.begin(mail(2), tag: 2)
        #expect(session.write() == "1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<r2@x.no>\r\nDATA\r\n")
        session.hear("250 kept\r\n250 a\r\n250 b\r\n354 c\r\n")
        #expect(session.write() == "2\r\n.\r\n")
        session.hear("250 kept\r\n")
        #expect(session.verdicts() == ["1 accepted", "2 accepted"] && session.isIdle)
    }

    @Test func `says RSET before the next envelope, in the same piece, after a failed one`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n550 no\r\n554 nobody\r\n")
        session.begin(mail(2), tag: 2)
        #expect(session.write() == "RSET\r\nMAIL FROM:<>\r\nRCPT TO:<r2@x.no>\r\nDATA\r\n")
        session.hear("250 r\r\n250 a\r\n250 b\r\n354 c\r\n")
        _ = session.write()
        session.hear("250 kept\r\n")
        #expect(session.verdicts() == ["1 refused 550", "2 accepted"])
    }

    @Test func `takes replies in any pieces`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        for byte in "250-2.1.0 one\r\n250 2.1.0 two\r\n450-4.2.1 a\r\n450 4.2.1 b\r\n554 c\r\n".utf8 {
            session.hear([byte])
        }
        #expect(session.verdicts() == ["1 later 450 a b"])
    }

    @Test func `takes a mail back whose first byte is not on the wire, and none that is`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n250 b\r\n354 c\r\n")
        session.begin(mail(2), tag: 2)
        let piece = session.nextPiece(atMost: 6)
        #expect(piece.starts == nil && piece.count == 6)
        session.wrote(6)
        #expect(session.nextPiece(atMost: 100).starts == 2)
        session.retract(.withdrawn)
        #expect(!session.hasOutput && session.wantsMail)
        session.begin(mail(3), tag: 3)
        session.wrote(1)
        session.retract(.withdrawn)
        #expect(session.verdicts() == ["2 withdrawn"])
        #expect(session.write() == "AIL FROM:<>\r\nRCPT TO:<r3@x.no>\r\nDATA\r\n")
        session.hear("250 kept\r\n250 a\r\n250 b\r\n354 c\r\n")
        #expect(session.verdicts() == ["1 accepted"])
    }

    @Test func `is certain that a mail is unsent until its final dot is begun`() {
        for written in 0...6 {
            var session = session()
            session.begin(mail(1), tag: 1)
            _ = session.write()
            session.hear("250 a\r\n250 b\r\n354 c\r\n")
            session.wrote(written)
            session.end(.stopping)
            #expect(session.verdicts() == [written <= 3 ? "1 unsent" : "1 in doubt"])
        }
    }

    @Test(arguments: ["250 early\r\n", "354 early\r\n", "221 bye\r\n"])
    func `believes no answer to what it has not said yet`(reply: String) {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n250 b\r\n354 c\r\n" + reply)
        #expect(session.verdicts() == ["1 unsent"] && session.ended != nil)
    }

    @Test func `a farewell in place of the answer to the dot is that answer`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n250 b\r\n354 c\r\n")
        session.begin(mail(2), tag: 2)
        _ = session.write()
        session.hear("421 4.3.2 bye\r\n")
        #expect(session.verdicts() == ["1 later 421 bye", "2 unsent"] && session.ended != nil)
    }

    @Test(arguments: [
        ("550 no\r\n503 first\r\n503 first\r\n", SMTPCommand.mail), ("250 a\r\n550 no\r\n554 nobody\r\n", .recipient),
        ("250 a\r\n250 b\r\n554 no\r\n", .data), ("250 a\r\n250 b\r\n354 c\r\n", .content),
    ])
    func `says which command was refused`(envelope: String, command: SMTPCommand) {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear(envelope)
        _ = session.write()
        if command == .content { session.hear("550 5.1.1 no\r\n") }
        var refused: [SMTPCommand] = []
        session.takeOutcomes { if case .refused(let reply) = $0.verdict { refused.append(reply.command) } }
        #expect(refused == [command])
    }

    @Test(arguments: [
        ("550-5.7.1 blocked\r\n554 5.7.1 see the list\r\n", "1 refused 554 blocked see the list"),
        ("250-well\r\n550 5.1.1 or not\r\n", "1 refused 550 well or not"), ("250-a\r\n450 b\r\n", "1 later 450 a b"),
        ("550-a\r\n250 b\r\n", "1 unsent"),
    ])
    func `takes the last line's no to a recipient, whatever the others say`(reply: String, verdict: String) {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n" + reply + "554 nobody\r\n")
        #expect(session.verdicts() == [verdict])
    }

    @Test(arguments: [
        ("250-queued\r\n\n251 2.0.0 ok\r\n", "1 accepted"), ("554-a\r\n550 5.7.1 b\r\n", "1 refused 550 a b"),
        ("550-a\r\n250 b\r\n", "1 in doubt"), ("250-a\r\n550 b\r\n", "1 in doubt"),
        ("250-a\r\n421 b\r\n", "1 in doubt"),
    ])
    func `is in doubt where the answer to the dot says yes and no`(reply: String, verdict: String) {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n250 b\r\n354 c\r\n")
        _ = session.write()
        session.hear(reply)
        #expect(session.verdicts() == [verdict])
    }

    @Test func `believes a refusal in the middle of the content`() {
        var session = session()
        session.begin(mail(1), tag: 1)
        _ = session.write()
        session.hear("250 a\r\n250 b\r\n354 c\r\n552 5.3.4 enough\r\n")
        #expect(session.verdicts() == ["1 refused 552 enough"] && session.ended != nil)
    }

    /// Whatever a relay says, and however the connection behaves: each mail has one verdict, memory is bounded, and a mail
    /// is accepted only if its content was written in full.
    @Test(arguments: 0..<400) func `keeps its promises with any relay`(seed: UInt64) {
        var random = Seeded(seed)
        let replies = [
            "250 ok\r\n", "250 2.0.0 ok\r\n", "354 go\r\n", "250 ok\r\n", "450 4.1.1 no\r\n", "550 no\r\n",
            "421 bye\r\n",
            "221 x\r\n", "250-a\r\n250 b\r\n", "250-a\r\n550 b\r\n", "nonsense\r\n", "\u{1F600}", "25", "0 ok\r\n",
            "\n",
        ]
        let groupings: [SMTPRelay.Configuration.Grouping] = [.body, .envelope, .off]
        var session = session(groupings[Int(seed % 3)])
        var begun = 0
        var settled: [Int: String] = [:]
        for _ in 0..<300 where session.ended == nil {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1: if session.wantsMail { begun += 1; session.begin(mail(begun), tag: begun) }
            case 2, 3, 4:
                if session.hasOutput {
                    session.wrote(session.nextPiece(atMost: .random(in: 1...60, using: &random)).count)
                }
            case 5: if Int.random(in: 0..<10, using: &random) == 0 { session.retract(.withdrawn) }
            default:
                // Mostly what a good relay would say.
                let good = Int.random(in: 0..<4, using: &random)
                session.hear(replies[good < 3 ? good : .random(in: 0..<replies.count, using: &random)])
            }
            session.takeOutcomes { #expect(settled.updateValue("\($0.verdict)", forKey: $0.tag) == nil) }
        }
        session.end(.stopping)
        session.takeOutcomes { #expect(settled.updateValue("\($0.verdict)", forKey: $0.tag) == nil) }
        #expect(settled.count == begun)
    }
}

extension SMTPSession {
    /// Writes all there is.
    mutating func write() -> String {
        var written = ""
        while hasOutput {
            let piece = nextPiece(atMost: 1_000_000)
            written += withBytes(of: piece) { String(decoding: $0, as: UTF8.self) }
            wrote(piece.count)
        }
        return written
    }

    mutating func hear(_ text: String) { hear(Array(text.utf8)) }
    mutating func hear(_ bytes: [UInt8]) { bytes.withUnsafeBytes { receive($0) } }

    mutating func verdicts() -> [String] {
        var verdicts: [String] = []
        takeOutcomes { outcome in
            let text =
                switch outcome.verdict {
                case .accepted: "accepted"
                case .later(let reply): "later \(reply.code) \(reply.text)"
                case .refused(let reply): "refused \(reply.code)\(reply.enhanced == nil ? "" : " \(reply.text)")"
                case .unsent: "unsent"
                case .inDoubt: "in doubt"
                case .withdrawn: "withdrawn"
                case .recalled: "recalled"
                }
            verdicts.append("\(outcome.tag) \(text)")
        }
        return verdicts
    }
}
