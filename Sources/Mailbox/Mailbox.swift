package import Foundation
import Mail
import Synchronization

/// The demo's mailbox: what the house sends arrives here instead of at anybody's door. It keeps the newest mails, in memory.
package final class Mailbox: Sendable {
    package struct Entry: Sendable, Identifiable {
        /// Counted from 1.
        package let id: Int
        package let arrival: Date
        package let mail: ReceivedMail
        package let subject: String
        package let from: String

        init(id: Int, arrival: Date, mail: ReceivedMail) {
            self.id = id
            self.arrival = arrival
            self.mail = mail
            let reader = MIMEReader(mail.content)
            subject = reader["subject"] ?? ""
            from = reader["from"] ?? mail.sender ?? ""
        }
    }

    private struct State {
        var entries: [Entry] = []
        var bytes = 0
        var last = 0
    }

    private let most: Int
    private let mostBytes: Int
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    package init(
        most: Int = 500, mostBytes: Int = 128 * 1024 * 1024, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.most = most
        self.mostBytes = mostBytes
        self.now = now
    }

    package func keep(_ mail: ReceivedMail) {
        let arrival = now()
        state.withLock { state in
            state.last += 1
            state.entries.append(Entry(id: state.last, arrival: arrival, mail: mail))
            state.bytes += mail.content.count
            while state.entries.count > most || (state.bytes > mostBytes && state.entries.count > 1) {
                state.bytes -= state.entries.removeFirst().mail.content.count
            }
        }
    }

    /// The newest first.
    package var entries: [Entry] { state.withLock { $0.entries.reversed() } }

    package subscript(_ id: Int) -> Entry? { state.withLock { $0.entries.last { $0.id == id } } }
}
