import Foundation
import Outbound
import Synchronization

/// Reads a mailbox for as long as it runs, on a thread of its own, and shows each mail once. What comes back with `.delete` is
/// deleted, which happens only after it is handled: a crash between the two shows it once more. What is somebody else's is left as
/// it was, unread.
///
/// TLS, login and their like are curl's (`CONNECT_ONLY`); from there on a session speaks IMAP or POP3 itself, for curl's own IMAP
/// marks mails as read and takes a mail's text for the server's.
package final class MailFetcher: Sendable {
    /// What is told of the mailbox, each time.
    package enum Event: Sendable, Equatable {
        /// It was read; so many mails are left in it.
        case read(left: Int)
        case failed(FetchFailure)
    }

    private let configuration: MailboxConfiguration
    private let isWanted: @Sendable () -> Bool
    private let take: @Sendable (FetchedMail) async -> MailFate
    private let tell: @Sendable (Event) -> Void
    private let interrupt = Interrupt()

    /// `isWanted`: whether this process is the one that reads. It is asked now and again.
    package init(
        _ configuration: MailboxConfiguration, while isWanted: @escaping @Sendable () -> Bool = { true },
        take: @escaping @Sendable (FetchedMail) async -> MailFate, tell: @escaping @Sendable (Event) -> Void
    ) {
        self.configuration = configuration
        self.isWanted = isWanted
        self.take = take
        self.tell = tell
    }

    /// Until `stop`.
    package func run() async {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                self.work()
                continuation.resume()
            }
            thread.name = "mailbox"
            thread.start()
        }
    }

    package func stop() { interrupt.raise() }

    private func work() {
        var memory = MailboxMemory()
        var failures = 0
        while !interrupt.isRaised {
            var pause = configuration.interval
            do throws(FetchFailure) {
                if isWanted() { try visit(&memory) }
                failures = 0
            } catch .stopping {
                return
            } catch {
                failures += 1
                tell(.failed(error))
                let backoff = error.isOfLogin ? configuration.loginBackoff : configuration.backoff
                pause = backoff.pause(after: failures)
            }
            interrupt.pause(pause)
        }
    }

    private func visit(_ memory: inout MailboxMemory) throws(FetchFailure) {
        var hasMore = true
        while hasMore, isWanted(), !interrupt.isRaised {
            let session = try MailFetcher.open(configuration, interrupt)
            repeat {
                hasMore = try session.readNew(&memory, show)
                if !hasMore { tell(.read(left: session.count)) }
            } while try staysIn(session, hasMore)
            try session.leave()
        }
    }

    private func staysIn(_ session: any MailboxSession, _ hasMore: Bool) throws(FetchFailure) -> Bool {
        if hasMore { return !session.isForOneLook }
        return try session.waitForMail { isWanted() && !interrupt.isRaised }
    }

    static func open(
        _ configuration: MailboxConfiguration, _ interrupt: Interrupt, mayChange: Bool = true
    ) throws(FetchFailure) -> any MailboxSession {
        let connection = try MailboxConnection.open(configuration, interrupt)
        return configuration.address.scheme.isPOP3
            ? try POP3Session(connection) : try IMAPSession(connection, mayChange: mayChange)
    }

    /// The thread is ours, and has nothing else to do meanwhile.
    private func show(_ mail: FetchedMail) -> MailFate {
        let answer = Answer()
        Task {
            answer.give(await take(mail))
        }
        return answer.wait()
    }
}

/// What a task answers to a thread.
private final class Answer: Sendable {
    private let fate = Mutex(MailFate.later)
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ fate: MailFate) {
        self.fate.withLock { $0 = fate }
        semaphore.signal()
    }

    func wait() -> MailFate {
        semaphore.wait()
        return fate.withLock { $0 }
    }
}
