package import Mail

/// The relay that mail is handed to, spoken to over libcurl.
///
/// curl does what it does best: name resolution, TCP, TLS, STARTTLS, EHLO and AUTH. Its own SMTP transaction waits for each
/// reply while everything else stands still; so from there on an `SMTPSession` speaks on each connection, pipelined, and
/// one thread moves all of their bytes. Connections are opened as mails wait for them, up to the limit, and left with QUIT
/// when there has been nothing to send for a while.
///
/// While the relay cannot be reached, it is left alone for a growing while, and mails come back as `.unsent` at once: they
/// wait in the store, where they are safe, and not here.
package final class SMTPRelay: Relay {
    private let queue: RelayQueue

    package init(configuration: Configuration) {
        queue = RelayQueue()
        RelayThread.start(configuration, queue: queue)
    }

    deinit { queue.close(by: .now) }

    package func send(
        _ mails: [OutgoingMail], sendGuard: SendGuard, verdicts: @escaping @Sendable ([Settled]) -> Void
    ) {
        let batch = Batch(mails, sendGuard, verdicts)
        if !queue.hand(batch) {
            verdicts(mails.map { Settled(ticket: $0.ticket, verdict: .unsent(.stopping)) })
        }
    }

    package func recall(_ group: Int64) {
        queue.recall(group)
    }

    package func keep(to share: Share) {
        queue.keep(to: share)
    }

    package func stop(within limit: Duration) async {
        queue.close(by: .now + limit)
        await queue.waitUntilLeft()
    }
}
