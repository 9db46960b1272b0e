import Foundation
import Newsletter
import Synchronization

/// A few connections for those who only look, each made when it is first needed. Who finds none free waits in line.
final class PostgresReaders: Sendable {
    /// Who may wait at most. Beyond that the store says that it is overloaded.
    private static let lineLimit = 10_000

    private typealias Work = @Sendable (PostgresConnection) -> Void

    private struct Readers {
        var idle: [PostgresWorker]
        var line: [Work] = []
    }

    private let readers: Mutex<Readers>
    private let all: [PostgresWorker]

    init(_ address: PostgresAddress, count: Int) {
        let all = (0..<count).map { _ in PostgresWorker(address) }
        self.all = all
        readers = Mutex(Readers(idle: all))
    }

    /// After what they are at.
    func close() {
        for reader in all { reader.use { $0.close() } }
    }

    func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = take { connection in
                continuation.resume(with: Swift.Result { try connection.look(look) })
            }
            if !isTaken { continuation.resume(throwing: StoreFailure.overloaded) }
        }
    }

    private func take(_ work: @escaping Work) -> Bool {
        let (reader, isTaken) = readers.withLock { readers -> (PostgresWorker?, Bool) in
            if let reader = readers.idle.popLast() { return (reader, true) }
            guard readers.line.count < Self.lineLimit else { return (nil, false) }
            readers.line.append(work)
            return (nil, true)
        }
        if let reader { run(work, on: reader) }
        return isTaken
    }

    private func run(_ work: @escaping Work, on reader: PostgresWorker) {
        reader.use { connection in
            work(connection)
            let next = self.readers.withLock { readers -> Work? in
                if readers.line.isEmpty {
                    readers.idle.append(reader)
                    return nil
                }
                return readers.line.removeFirst()
            }
            if let next { self.run(next, on: reader) }
        }
    }
}

extension PostgresConnection {
    /// One look, at one moment. A look that finds its connection gone is taken again on another, but not where it has waited
    /// in vain already.
    func look<Result>(_ look: (any Transaction) throws -> Result) throws -> Result {
        do {
            let begun = ContinuousClock.now
            do {
                return try lookOnce(look)
            } catch let failure as PostgresFailure where failure.cause == .lost && .now - begun < .seconds(1) {
                return try lookOnce(look)
            }
        } catch {
            throw StoreFailure.mapped(error)
        }
    }

    private func lookOnce<Result>(_ look: (any Transaction) throws -> Result) throws -> Result {
        try transaction(beginReading) { try look(SQLTransaction(connection: self)) }
    }
}
