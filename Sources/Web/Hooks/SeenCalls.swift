package import Foundation
import Synchronization

/// The calls that were taken lately, by the digests of what their providers signed. What a call makes is done once
/// whatever this forgets: a report counts once for a mail. So a replay is cheap here, and harmless everywhere.
package final class SeenCalls: Sendable {
    private struct Digests {
        var newest: Set<Data> = []
        var older: Set<Data> = []
        var begun = Date.distantPast
    }

    /// Longer than any provider's call is taken for fresh.
    private let span: TimeInterval
    private let most: Int
    private let digests = Mutex(Digests())

    package init(span: TimeInterval = 2 * 3600, most: Int = 50_000) {
        self.span = span
        self.most = most
    }

    package func has(_ digest: Data?) -> Bool {
        guard let digest else { return false }
        return digests.withLock { $0.newest.contains(digest) || $0.older.contains(digest) }
    }

    /// Only what was taken: what could not be written down must come again.
    package func note(_ digest: Data?, at now: Date) {
        guard let digest else { return }
        digests.withLock { digests in
            if now.timeIntervalSince(digests.begun) > span || digests.newest.count >= most {
                digests = Digests(newest: [], older: digests.newest, begun: now)
            }
            digests.newest.insert(digest)
        }
    }
}
