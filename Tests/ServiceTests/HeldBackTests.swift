import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Synchronization
import Testing
import Wiring

/// Transactional mail: somebody waits for it, and it is nobody's fault but ours or the relay's when it is refused.
@Suite struct HeldBackTests {
    private static func refusal(_ code: Int, _ status: (Int, Int)?, _ text: String = "", to command: SMTPCommand)
        -> SMTPReply
    {
        SMTPReply(
            code: code, enhanced: status.map { EnhancedStatus(class: 5, subject: $0.0, detail: $0.1) }, text: text,
            to: command)
    }

    static let ours = [
        refusal(554, (2, 0), "STOREDRV.Submission.Exception:SubmissionQuotaExceededException", to: .content),
        refusal(554, (7, 1), to: .recipient), refusal(550, (7, 0), to: .recipient),
        refusal(550, (4, 1), "Access denied", to: .recipient), refusal(552, (3, 4), to: .mail),
        refusal(554, (5, 0), to: .recipient), refusal(550, nil, to: .recipient), refusal(554, nil, to: .recipient),
        refusal(550, (1, 1), to: .mail),
    ]

    @Test(arguments: ours) func `a confirm mail that is refused because of us waits, and goes once`(_ reply: SMTPReply)
        async throws
    {
        let app = try await TestApp.start()
        app.relay.answer { _ in .refused(reply) }
        try await app.signUp("ann@example.org")
        for delay in [Duration.zero] + RetrySchedule.delays.prefix(3) {
            app.clock.advance(delay)
            try await app.deliverAllMail()
        }
        let waiting = try await app.courant.store.read { try $0.refusedOutbox() }
        #expect(waiting.map(\.status) == [reply.status] && waiting.map(\.count) == [1])
        app.relay.answer { _ in .accepted }
        app.clock.advance(RetrySchedule.delays[3])
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 1)
        #expect(try await app.courant.store.read { try $0.outboxCount() } == 0)
    }

    @Test func `it is given up at the end of the schedule, and that is logged without the address`() async throws {
        let log = LogLines()
        let app = try await TestApp.start(logger: log.logger)
        try await app.subscribe("ann@example.org")
        let reply = Self.ours[0]
        app.relay.answer { _ in .refused(reply) }
        app.clock.advance(.seconds(3600))
        try await app.courant.rights.requestLink(EmailAddress("ann@example.org"), language: .english)
        for delay in [Duration.zero] + RetrySchedule.delays {
            app.clock.advance(delay)
            try await app.deliverAllMail()
        }
        #expect(try await app.courant.store.read { try $0.outboxCount() } == 0)
        let lines = log.text.split(separator: "\n")
        #expect(lines.count { $0.contains("refused because of us: they are kept") } == 1)
        #expect(lines.count { $0.contains("a mail was given up") && $0.contains("privacy-link") } == 1)
        #expect(!lines.contains { $0.contains("ann@") })
    }

    @Test func `a relay that calls all who wait dead deletes none of them, and each can sign up again at once`()
        async throws
    {
        let app = try await TestApp.start()
        app.relay.answer { _ in .refused(.dead) }
        for number in 0..<15 { try await app.signUp("reader\(number)@example.org") }
        try await app.deliverAllMail()
        let held = try await app.held()
        #expect(held.held == 15 && held.brake.isOn)
        #expect(try await app.sweepHeld(after: .seconds(25 * 3600)) == BounceSweep())
        #expect(try await app.everybody() == 15)
        app.relay.answer { _ in .accepted }
        try await app.subscribe("reader3@example.org")
        #expect(app.relay.mails(to: "reader3@example.org").count == 2)
        #expect(try await app.active() == 1)
        #expect(try await app.held().held == 14)
    }

    @Test func `who is released gets the confirm mail that was held back`() async throws {
        let app = try await TestApp.start()
        app.relay.answer { _ in .refused(.dead) }
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        app.relay.answer { _ in .accepted }
        app.clock.advance(.seconds(3600))
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        #expect(try await app.courant.bounces.release(campaign: nil, expect: 1, by: .host) == 1)
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 1)
    }

    @Test func `a confirm mail that its mailbox cannot have does not keep a second sign-up from being answered`()
        async throws
    {
        let app = try await TestApp.start()
        let full = Self.refusal(552, (2, 2), "mailbox full", to: .recipient)
        app.relay.answer { _ in .refused(full) }
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        #expect(try await app.courant.store.read { try $0.outboxCount() } == 0)
        app.relay.answer { _ in .accepted }
        try await app.subscribe("ann@example.org")
        #expect(try await app.active() == 1)
    }

    @Test func `a new address that does not exist says nothing of the old one`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { $0.recipient.localPart == "new" ? .refused(.dead) : .accepted }
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("new@example.org"))
        try await app.deliverAllMail()
        #expect(try await app.held().held == 0)
        #expect(try await app.active() == 1)
    }
}

/// What a refusal means.
@Suite struct RefusalCauseTests {
    @Test(arguments: [
        ("550 5.1.1 <a@b.example>: User unknown in virtual mailbox table", RefusalCause.dead),
        ("550 5.1.1 <spam@b.example>: no such user", .dead), ("550 5.1.10 RecipientNotFound", .dead),
        ("550 5.1.1 user has sent to too many recipients this hour", .ours),
        ("550 5.1.1 RCP-P2 refused due to recipient preferences", .unclear),
        ("550 5.1.1 mailbox full", .mailbox), ("552 5.2.2 over quota", .mailbox), ("550 5.2.1 switched off", .mailbox),
        ("550 5.7.124 sender not in allowed list", .mailbox), ("550 5.7.1 blocked", .ours),
        ("550 5.1.8 bad sender", .ours),
        ("552 5.3.4 too big", .ours), ("504 5.5.2 HELO", .ours), ("552 mailbox is full", .mailbox),
        ("550 no", .unclear),
        ("554 no", .unclear), ("550 5.4.1 Access denied", .unclear), ("502 what", .ours), ("550 5.0.0 no", .unclear),
    ]) func `only a code that no word contradicts says that somebody is dead`(_ line: String, _ cause: RefusalCause)
        throws
    {
        let bytes = Array("\(line)\r\n".utf8)
        #expect(RefusalCause(try #require(SMTPReply(parsing: bytes, to: .recipient))) == cause)
        for command in [SMTPCommand.mail, .data, .content] {
            #expect(RefusalCause(try #require(SMTPReply(parsing: bytes, to: command))) == .ours)
        }
    }
}
