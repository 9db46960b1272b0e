package import Fetching
import Foundation
package import Logging
import Mail
package import Newsletter
import Reports
import ServiceLifecycle
import Synchronization

/// Fetches what came back from a mailbox at somebody else's server (IMAP, POP3), for companies without a mail server of their own.
///
/// What bears a tag of ours is handled in one transaction and then deleted: it holds a name, an address and a mail. A crash between
/// the two has it read once more, and it counts once. All else is left as it was, unread. Of several instances that serve the
/// same records the first one reads; where two do for a while, each report still counts once.
package struct ReportFetcher: Service {
    private let mailbox: MailboxConfiguration
    private let inbox: Inbox
    private let store: any Store
    private let logger: Logger

    package init(mailbox: MailboxConfiguration, inbox: Inbox, store: any Store, logger: Logger) {
        self.mailbox = mailbox
        self.inbox = inbox
        self.store = store
        self.logger = logger
    }

    package func run() async throws {
        Measures.noteMailbox(isUp: true)
        let trouble = Trouble(logger)
        let fetcher = MailFetcher(
            mailbox, while: { [store] in store.share.index == 0 }, take: take, tell: { trouble.hear($0) })
        logger.info("reading a mailbox for reports", metadata: ["at": "\(mailbox.address)"])
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                await fetcher.run()
            } onCancel: {
                fetcher.stop()
            }
        }
    }

    @Sendable private func take(_ mail: FetchedMail) async -> MailFate {
        do {
            return try await inbox.takeIfOurs(Report(mail.content), of: mail.content, through: .mailbox)
                ? .delete : .leave
        } catch is StoreFailure {
            return .later
        } catch {
            // One that nobody can handle stands in no other's way. After a restart it is read once more.
            logger.error("a report is left in the mailbox", metadata: ["cause": "\(error.logged)"])
            return .leave
        }
    }

    /// One warning when the mailbox cannot be read, and one line when it can be again.
    private final class Trouble: Sendable {
        private struct State {
            var failures = 0
            var reading = StandStill(of: "reading the mailbox for reports")
        }

        private let state = Mutex(State())
        private let logger: Logger

        init(_ logger: Logger) { self.logger = logger }

        func hear(_ event: MailFetcher.Event) {
            switch event {
            case .read(let left):
                Measures.noteMailbox(isUp: true, left: left)
                state.withLock {
                    $0.failures = 0
                    $0.reading.isOver(logger)
                }
            case .failed(let failure):
                state.withLock {
                    $0.failures += 1
                    // A connection that breaks once is nothing yet.
                    guard $0.failures > 1 || !failure.isPassing else { return }
                    Measures.noteMailbox(isUp: false)
                    $0.reading.begins(cause: failure.plainWords, as: .warning, logger)
                }
            }
        }
    }
}
