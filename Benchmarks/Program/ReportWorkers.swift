import ArgumentParser
import Foundation
import Newsletter
import Reports
import Trials
import Wiring

/// A mail server that hands over bounces by LMTP: each is another person's, over few connections that it keeps.
struct ReportWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reports")
    @Argument var port: Int
    @Option var count = 10_000
    @Option var connections = 8
    @Option(help: "Where the subscribers' keys are.") var directory: String
    @Option(help: "The campaign that came back.") var campaign: Int64

    func run() async throws {
        let keyring = try KeyFile.existing("\(directory)/courant.keys")
        let mails = (0..<count).map { number in
            SampleBounce(BounceTag(Premises.id(number), campaign: campaign, keyring: keyring).text)
        }
        let share = (count + connections - 1) / connections
        let watch = Stopwatch()
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for start in stride(from: 0, to: count, by: share) {
                let part = mails[start..<min(start + share, count)]
                group.addTask { try await Self.hand(part, at: port) }
            }
            return try await group.reduce(0, +)
        }
        var measured = watch.measured(taken)
        measured.failures = count - taken
        try measured.print()
    }

    /// On a thread of its own, as it waits for each answer. Returns how many were taken.
    private static func hand(_ mails: ArraySlice<SampleBounce>, at port: Int) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let line = try DialogueLine(port: port)
                        try line.expect("220")
                        try line.say("LHLO localhost\r\n", expect: "250")
                        return try mails.count { mail in
                            try line.say("MAIL FROM:<>\r\n", expect: "250")
                            try line.say("RCPT TO:<\(mail.recipient)>\r\n", expect: "250")
                            try line.say("DATA\r\n", expect: "354")
                            return try line.say(mail.text + ".\r\n") == "250"
                        }
                    })
            }
        }
    }
}

/// Reads one bounce after another, without any door.
struct ReportReaderWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "read-reports")
    @Option var count = 20_000

    func run() async throws {
        let mail = Array(SampleBounce(String(repeating: "a", count: 50)).text.utf8)
        var times: [UInt64] = []
        times.reserveCapacity(count)
        let watch = Stopwatch()
        for _ in 0..<count {
            let start = monotonicClock()
            guard Report(mail).verdict == .full else { throw TrialFailure("the bounce is read as something else") }
            times.append(monotonicClock() - start)
        }
        var measured = watch.measured(count, bytes: mail.count)
        measured.p50 = Double(times.sorted()[count / 2]) / 1e6
        try measured.print()
    }
}

/// What Postfix writes where a mailbox is full (RFC 3464), with the head of the mail that came back.
struct SampleBounce {
    let recipient: String
    let text: String

    init(_ tag: String) {
        recipient = "bounce+\(tag)@bounces.company.example"
        let said = "552 5.2.2 <reader@example.org>: Recipient's mailbox is over quota"
        let lines = [
            "Return-Path: <>", "From: MAILER-DAEMON@mx.example.org (Mail Delivery System)",
            "Subject: Undelivered Mail Returned to Sender", "To: \(recipient)", "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"4F1C9.1/mx.example.org\"", "",
            "This is a MIME-encapsulated message.", "", "--4F1C9.1/mx.example.org",
            "Content-Description: Notification", "Content-Type: text/plain; charset=us-ascii", "",
            "This is the mail system at host mx.example.org.", "",
            "I'm sorry to have to inform you that your message could not", "be delivered to one or more recipients.",
            "",
            "<reader@example.org>: host mail.example.org[192.0.2.1] said: \(said) (in reply to RCPT TO command)", "",
            "--4F1C9.1/mx.example.org", "Content-Description: Delivery report", "Content-Type: message/delivery-status",
            "", "Reporting-MTA: dns; mx.example.org", "Arrival-Date: Fri, 27 Nov 2026 12:00:00 +0000 (UTC)", "",
            "Final-Recipient: rfc822; reader@example.org", "Action: failed", "Status: 5.2.2",
            "Remote-MTA: dns; mail.example.org", "Diagnostic-Code: smtp; \(said)", "", "--4F1C9.1/mx.example.org",
            "Content-Description: Undelivered Message Headers", "Content-Type: text/rfc822-headers", "",
            "Return-Path: <\(recipient)>", "From: Company News <news@company.example>", "Subject: Sensors in spring",
            "Message-ID: <c1.0@company.example>", "", "--4F1C9.1/mx.example.org--", "",
        ]
        text = lines.joined(separator: "\r\n")
    }
}
