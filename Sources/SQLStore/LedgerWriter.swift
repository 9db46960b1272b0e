import Foundation
import Logging
import Newsletter
import Synchronization

/// Writes committed erasures to the ledger file before anybody is answered. Those who come meanwhile share the next write.
final class LedgerWriter: Sendable {
    let file: LedgerFile
    private let logger: Logger
    private let queue = DispatchQueue(label: "courant.ledger")
    private let waiting = Mutex<[(entries: [LedgerEntry], answer: @Sendable () -> Void)]>([])
    private let isBehind = Mutex(false)

    init(_ file: LedgerFile, logger: Logger) {
        self.file = file
        self.logger = logger
    }

    /// After the commit. `answer` is called once they are on the disk.
    func add(_ entries: [LedgerEntry], then answer: @escaping @Sendable () -> Void) {
        let isFirst = waiting.withLock { waiting in
            waiting.append((entries, answer))
            return waiting.count == 1
        }
        if isFirst { queue.async { self.writeWaiting() } }
    }

    private func writeWaiting() {
        let taken = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        // Where the disk is full, the database remembers them until there is room.
        note { try file.write(taken.flatMap(\.entries)) }
        for waiter in taken { waiter.answer() }
    }

    /// What could not be written waits in the database.
    var isLate: Bool { isBehind.withLock { $0 } }

    func close() { queue.sync {} }

    /// Says once that it fails, and once that it works again.
    @discardableResult func note(_ write: () throws -> Void) -> Bool {
        let isWritten = (try? write()) != nil
        isBehind.withLock { isBehind in
            if isBehind == isWritten {
                isWritten
                    ? logger.notice("the ledger of erasures is complete again")
                    : logger.error("the ledger of erasures cannot be written: the database keeps them until it can")
            }
            isBehind = !isWritten
        }
        return isWritten
    }
}
