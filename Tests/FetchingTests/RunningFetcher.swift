import CourantTesting
import Foundation
import Outbound
import Synchronization

@testable import Fetching

/// A fetcher at work in a test, and what it has shown and told.
final class RunningFetcher: Sendable {
    private struct Seen {
        var mails: [String] = []
        var events: [MailFetcher.Event] = []
    }

    private let seen = Mutex(Seen())
    private let fetcher: Mutex<MailFetcher?> = Mutex(nil)

    /// `judge`: what becomes of a mail; unless said, those that are `ours` are deleted.
    init(
        _ configuration: MailboxConfiguration, while isWanted: @escaping @Sendable () -> Bool = { true },
        judge: @escaping @Sendable (String) -> MailFate = { $0.contains("ours") ? .delete : .leave }
    ) {
        let made = MailFetcher(configuration, while: isWanted) { [weak self] mail in
            let text = String(decoding: mail.content, as: UTF8.self)
            self?.seen.withLock { $0.mails.append(text) }
            return judge(text)
        } tell: { [weak self] event in
            self?.seen.withLock { $0.events.append(event) }
        }
        fetcher.withLock { $0 = made }
        Task { await made.run() }
    }

    deinit { fetcher.withLock { $0?.stop() } }

    var mails: [String] { seen.withLock { $0.mails } }
    var events: [MailFetcher.Event] { seen.withLock { $0.events } }
    var reads: Int { events.count { if case .read = $0 { true } else { false } } }
    var failures: [FetchFailure] { events.compactMap { if case .failed(let failure) = $0 { failure } else { nil } } }
    var losses: Int { failures.count { if case .lost = $0 { true } else { false } } }

    /// So many more times it has read the box to its end.
    func reads(_ more: Int = 1) async throws {
        let before = reads
        try await eventually("the box is read") { self.reads >= before + more }
    }

    func fails() async throws -> FetchFailure {
        try await eventually("reading fails") { !self.failures.isEmpty }
        return failures[0]
    }
}

extension MailboxConfiguration {
    func changed(_ change: (inout MailboxConfiguration) -> Void) -> MailboxConfiguration {
        var configuration = self
        change(&configuration)
        return configuration
    }
}
