import Mail
import Synchronization
import Testing

/// One line when a relay's trouble begins, one when it is over.
@Suite struct `A relay's health` {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        func hear(_ change: RelayHealth.Change) {
            switch change {
            case .began(let trouble): lines.withLock { $0.append("began \(trouble.relay)") }
            case .ended(let trouble, let now): lines.withLock { $0.append("over after \(now - trouble.since)") }
            case .failed: break
            }
        }
    }

    private let relay = "smtp://relay.example:25"

    private func refusal(_ command: SMTPCommand, _ subject: Int, _ text: String = "no") -> SMTPReply {
        SMTPReply(
            code: 550, enhanced: EnhancedStatus(class: 5, subject: subject, detail: 1), text: text, to: command)
    }

    @Test func `takes addresses beyond ASCII once the first relay has said so and none has said otherwise`() {
        let health = RelayHealth([relay, "smtp://second.example:25"])
        #expect(!health.takesUTF8)
        health.opened("smtp://second.example:25", offersUTF8: true)
        #expect(!health.takesUTF8)
        health.opened(relay, offersUTF8: true)
        #expect(health.takesUTF8)
        health.opened("smtp://second.example:25", offersUTF8: false)
        #expect(!health.takesUTF8 && !RelayHealth([]).takesUTF8)
    }

    @Test func `is told once at the second failure in a row, and once when a mail is answered`() {
        let lines = Lines()
        let health = RelayHealth([relay]) { lines.hear($0) }
        let start = ContinuousClock.now
        for times in 1...9 { health.failed(relay, .unreachable("x"), times: times, at: start + .seconds(times)) }
        #expect(lines.all == ["began smtp://relay.example:25"] && health.trouble?.since == start + .seconds(1))
        health.answered(relay, at: start + .seconds(61))
        health.answered(relay, at: start + .seconds(62))
        #expect(lines.all.last == "over after \(Duration.seconds(60))" && lines.all.count == 2 && health.trouble == nil)
        health.failed(relay, .unreachable("x"), times: 1)
        health.answered(relay)
        #expect(lines.all.count == 2)
    }

    @Test func `is told at once where it does not pass by itself, and again where the cause is another`() {
        let lines = Lines()
        let health = RelayHealth([relay]) { lines.hear($0) }
        health.failed(relay, .insecure(.expired), times: 1)
        health.failed(relay, .insecure(.expired), times: 2)
        #expect(lines.all.count == 1)
        let refused = LoginRefusal(reply: refusal(.authentication, 7), mechanism: "PLAIN", offered: ["PLAIN"])
        health.failed(relay, .unauthorised(refused), times: 3)
        #expect(lines.all.count == 2)
    }

    @Test func `knows a relay that refuses everybody, in words that are about nobody`() {
        let lines = Lines()
        let health = RelayHealth([relay]) { lines.hear($0) }
        for reader in ["ann", "bo", "cy"] {
            health.settled(
                relay, .refused(refusal(.recipient, 7, "<\(reader)@example.org> \(reader) Relay access denied")))
        }
        guard case .refusals(let reply) = health.trouble?.cause else {
            Issue.record("no trouble")
            return
        }
        #expect(reply.text == "… … Relay access denied" && lines.all.count == 1)
        health.settled(relay, .accepted)
        #expect(lines.all.count == 2 && health.trouble == nil)
    }

    @Test func `tells whoever asks of the first failure, and the cause that is the newest`() {
        let lines = Lines()
        let health = RelayHealth([relay]) { lines.hear($0) }
        health.failed(relay, .unreachable("x"), times: 1)
        #expect(health.trouble?.cause == .failure(.unreachable("x")) && lines.all == [])
        health.settled(relay, .accepted)
        #expect(health.trouble == nil && lines.all == [])
        for _ in 1...3 { health.settled(relay, .refused(refusal(.recipient, 7))) }
        for _ in 1...3 { health.settled(relay, .refused(refusal(.mail, 7))) }
        guard case .refusals(let reply) = health.trouble?.cause else {
            Issue.record("no trouble")
            return
        }
        #expect(reply.command == .mail && lines.all.count == 2)
    }

    @Test func `takes a few dead mailboxes in a row for dead mailboxes`() {
        let health = RelayHealth([relay])
        for _ in 1...9 { health.settled(relay, .refused(refusal(.recipient, 1))) }
        #expect(health.trouble == nil)
    }

    @Test func `leaves a relay alone after three failures in a row, then has it tried, and says when`() {
        let other = "smtp://other.example:25"
        let health = RelayHealth([relay, other])
        let start = ContinuousClock.now
        func breakers(after seconds: Int) -> [RelayHealth.Breaker] {
            health.standing(at: start + .seconds(seconds)).map(\.breaker)
        }
        for times in 1...2 {
            health.failed(relay, .unreachable("x"), times: times, until: start + .seconds(30), at: start)
        }
        #expect(breakers(after: 0) == [.closed, .closed] && health.serves(otherThan: other))
        health.failed(relay, .unreachable("x"), times: 3, until: start + .seconds(30), at: start)
        #expect(breakers(after: 29) == [.closed, .open] && breakers(after: 30) == [.closed, .halfOpen])
        #expect(!health.serves(otherThan: other) && health.serves(otherThan: relay))
        #expect(health.nextTry(at: start) == nil, "the other one serves")
        health.failed(other, .unreachable("x"), times: 1, until: start + .seconds(10), at: start)
        #expect(health.nextTry(at: start) == start + .seconds(10))
        #expect(health.nextTry(at: start + .seconds(20)) == nil, "it is being tried")
        for _ in 1...3 { health.settled(other, .refused(refusal(.mail, 7))) }
        health.answered(relay)
        #expect(breakers(after: 0) == [.closed, .closed] && health.nextTry(at: start) == nil)
        for _ in 1...3 { health.settled(relay, .refused(refusal(.mail, 7))) }
        #expect(!health.serves(otherThan: other), "one that refuses all mail serves nobody")
    }

    @Test func `stands in nobody's way while another relay serves`() {
        let health = RelayHealth([relay, "smtp://other.example:25"])
        health.failed(relay, .insecure(.expired), times: 1)
        #expect(health.trouble == nil && health.standing.count { $0.trouble != nil } == 1)
        health.failed("smtp://other.example:25", .insecure(.expired), times: 1)
        #expect(health.trouble?.relay == "smtp://other.example:25")
    }

    @Test(arguments: [
        ("535", SMTPCommand.authentication, "Authentication unsuccessful [AB1.example.org 2026-11-27]", true),
        ("501", .authentication, "cannot decode AGFubgBjb3JyZWN0IGhvcnNl", false),
        ("554", .connection, "no service for ann@example.org", false), ("550", .recipient, "no such user", false),
    ])
    func `shows a relay's words without addresses and secrets`(
        code: String, command: SMTPCommand, text: String, isWhole: Bool
    ) throws {
        let reply = SMTPReply(code: try #require(Int(code)), enhanced: nil, text: text, to: command)
        #expect(reply.spoken.contains(text) == isWhole)
        #expect(!reply.spoken.contains("@") && !reply.spoken.contains("AGFub"))
    }
}
