import Foundation
import Newsletter

/// How many events wait for the receiver, since when, and why.
extension Doctor {
    /// Nil where there is no receiver.
    var events: Finding? {
        get async {
            guard let receiver = settings.eventReceiver else { return nil }
            return await beside("events") { store, _ in
                let waiting = try await store.read { try $0.waitingEvents() }
                guard let since = waiting.since else {
                    return Finding("events", .well, "\(receiver.host) has got all that there was to tell")
                }
                let count = waiting.count == 1 ? "1 event waits" : "\(waiting.count) events wait"
                let standing = "\(count) for \(receiver.host), the oldest since \(since.formatted(.iso8601))"
                guard let status = waiting.status else { return Finding("events", .well, standing) }
                return Finding(
                    "events", .wrong,
                    "\(standing); \(EventStatusWords.words(status)). They are tried for a day, and then given up")
            }
        }
    }
}
