package import Foundation
import Mail
import Newsletter
import SQLStore
import Wiring
import TestSupport

/// People leave while the campaign that would reach them is running. From the moment at which the `200` has reached them,
/// no MAIL FROM for them may come: both moments as the kernel saw them, on one clock.
package struct UnsubscribeRace: Sendable {
    package struct Report: Sendable, CustomStringConvertible {
        package var asked = 0
        package var answered = 0
        /// Gone before their mail began.
        package var spared = 0
        /// Their mail had begun before the 200.
        package var late = 0
        /// MAIL FROM after the 200.
        package var broken = 0
        package var mails = 0

        package var isGood: Bool { broken == 0 && answered == asked && spared > 0 && late > 0 }

        package var description: String {
            """
            | unsubscribe beats the queue | count |
            |---|---|
            | one-click unsubscribes during the campaign, answered 200 | \(answered) of \(asked) |
            | MAIL FROM after the 200 | \(broken) |
            | spared the mail | \(spared) |
            | their mail had begun before the 200 | \(late) |
            | mails in all | \(mails) |
            """
        }
    }

    let directory: URL
    let recipients: Int
    let unsubscribes: Int
    let seed: UInt64
    let program: String

    package init(_ directory: URL, recipients: Int, unsubscribes: Int, seed: UInt64, program: String) {
        (self.directory, self.recipients, self.unsubscribes) = (directory, recipients, unsubscribes)
        (self.seed, self.program) = (seed, program)
    }

    package func run() async throws -> Report {
        let journal = SinkJournal()
        // Slow enough that the campaign lasts about as long as it takes so many people to leave.
        let delay = Duration.milliseconds(2)
        let sink = try SMTPSink(delays: SinkDelays(afterDot: delay), journal: journal)
        defer { sink.stop() }
        let premises = Premises(
            directory, relayPort: sink.port, httpPort: try Sockets.freePort(), connections: 8)
        defer { premises.remove() }
        try await premises.fill(recipients)
        let keyring = try await prepare(premises)
        let daemon = try Daemon(program, premises)
        try await daemon.ready()
        while journal.dots == 0 { try await Task.sleep(for: .milliseconds(1)) }

        let answers = try await Task.detached { try ask(premises, journal, keyring) }.value
        try await quiet(journal)
        daemon.child.signal(SIGTERM)
        daemon.child.wait()
        return report(answers, journal.contents)
    }

    private func prepare(_ premises: Premises) async throws -> Keyring {
        let courant = try await premises.open(serves: false)
        _ = try await premises.launch(courant)
        try courant.store.close()
        return courant.keyring
    }

    /// Half of those who leave stand right where the campaign is at that moment; the others anywhere before it.
    private func ask(_ premises: Premises, _ journal: SinkJournal, _ keyring: Keyring) throws -> [HTTPLoad.Answer] {
        var random = Seeded(seed)
        var gone: Set<Int> = []
        let load = try HTTPLoad(port: premises.httpPort, connections: 8) { [recipients, unsubscribes] in
            let dots = journal.dots
            guard gone.count < unsubscribes, gone.count < recipients else { return nil }
            var number = Int.random(in: 0..<recipients, using: &random)
            if Bool.random(using: &random) {
                number = min(recipients - 1, dots + Int.random(in: 0..<800, using: &random))
            }
            while !gone.insert(number).inserted { number = (number + 1) % recipients }
            let link = UnsubscribeLink(Premises.id(number), place: .header, keyring: keyring)
            return .form("/unsubscribe/\(link.text)", "List-Unsubscribe=One-Click", tag: number)
        }
        return try load.run()
    }

    private func quiet(_ journal: SinkJournal) async throws {
        var last = -1
        while journal.dots != last {
            last = journal.dots
            try await Task.sleep(for: .milliseconds(700))
        }
    }

    private func report(_ answers: [HTTPLoad.Answer], _ seen: SinkJournal.Contents) -> Report {
        var report = Report(asked: answers.count, mails: seen.accepted.values.reduce(0) { $0 + $1.count })
        for answer in answers where answer.status == 200 {
            report.answered += 1
            let starts = seen.started[Premises.recipient(answer.tag).wire] ?? []
            if starts.isEmpty { report.spared += 1 }
            if starts.contains(where: { $0 > answer.at }) {
                report.broken += 1
            } else if !starts.isEmpty {
                report.late += 1
            }
        }
        return report
    }
}
