package import Foundation
package import Logging
package import Newsletter
package import Mail
import ServiceLifecycle
import Synchronization

/// The store on PostgreSQL, served by any number of processes.
///
/// A process has one connection that writes (`GroupCommit`), a few that read, and one on which it hears of the others. What
/// is deleted stays in dead rows, logs, replicas and dumps as the ciphertext and the keyed digests that it was.
package final class PostgresStore: ServedStore {
    /// For those who only look.
    static let readerCount = 4
    /// PostgreSQL 15, as it counts.
    static let oldestVersion = 150_000

    private let address: PostgresAddress
    private let keyring: Keyring
    private let writer: PostgresWorker
    private let readers: PostgresReaders
    private let commits: GroupCommit<PostgresWorker>
    private let ledger: LedgerWriter
    /// Nil for a command of the host's, which takes no part in sending.
    private let membership: Membership?
    private let cluster: Cluster?

    package init(
        _ address: PostgresAddress, keyring: Keyring, terms: StoreOpeningTerms, logger: Logger
    ) throws(StoreOpening) {
        self.address = address
        self.keyring = keyring
        writer = PostgresWorker(address)
        readers = PostgresReaders(address, count: Self.readerCount)
        let ledger: LedgerWriter
        do {
            ledger = try writer.sync { connection in
                try PostgresOpening(connection: connection, keyring: keyring, terms: terms).open(logger)
            }
        } catch let error as StoreOpening {
            throw error
        } catch let failure as PostgresFailure {
            throw failure.opening
        } catch let failure as LedgerFault {
            throw .ledger(failure, path: terms.ledger)
        } catch {
            throw .unusable("\(type(of: error))")
        }
        let membership = terms.serves ? Membership() : nil
        let cluster = membership.map {
            Cluster(
                address, membership: $0, sendGuard: terms.sendGuard, ledger: ledger.file,
                backupsExpireAfter: terms.backupsExpireAfter, logger: logger)
        }
        (self.ledger, self.membership, self.cluster) = (ledger, membership, cluster)
        commits = GroupCommit(writer: writer, keyring: keyring, membership: membership, told: terms.told) {
            effects, answer in
            terms.tellSending(of: effects)
            let remoteClaims = effects.remoteClaims
            let told: @Sendable () -> Void = {
                guard let cluster, !remoteClaims.isEmpty else { return answer() }
                cluster.whenHeard(by: remoteClaims, then: answer)
            }
            effects.entries.isEmpty ? told() : ledger.add(effects.entries, then: told)
        }
        try cluster?.join()
    }

    deinit { cluster?.leave() }

    /// Whether a database of ours is there.
    package static func exists(_ address: PostgresAddress) throws(StoreOpening) -> Bool {
        try ask(address) { try $0.isOurs() }
    }

    package static func isServed(_ address: PostgresAddress) throws(StoreOpening) -> Bool {
        try ask(address) { try $0.isServed() }
    }

    /// Nil where there is no database of ours yet.
    static func upgradeForecast(_ address: PostgresAddress) throws(StoreOpening) -> UpgradeForecast? {
        try ask(address) { try $0.columns()["migration"] == nil ? nil : UpgradeForecast($0) }
    }

    /// Our tables, with all that is in them; others' are left alone. Nobody may serve it.
    static func destroy(_ address: PostgresAddress) throws(StoreOpening) {
        try ask(address) { connection in
            guard try !connection.isServed() else { throw StoreOpening.served }
            let ours = Set(try connection.columns().keys).intersection(Schema.columns.keys).sorted()
            guard !ours.isEmpty else { return }
            _ = try connection.changes(by: SQL(ofOurs: "DROP TABLE \(ours.joined(separator: ", ")) CASCADE"))
        }
    }

    private static func ask<Answer>(
        _ address: PostgresAddress, _ question: (PostgresConnection) throws -> Answer
    ) throws(StoreOpening) -> Answer {
        let connection = PostgresConnection(address)
        do {
            try connection.connect()
            return try question(connection)
        } catch let failure as PostgresFailure {
            throw failure.opening
        } catch let failure as StoreOpening {
            throw failure
        } catch {
            throw .unreachable(StoreFailure(error).advice)
        }
    }

    package func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await readers.read(look)
    }

    package func write<Result: Sendable>(
        about person: BlindIndex?, _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await commits.write(about: person, change)
    }

    package var share: Share { membership?.share ?? .whole }

    package var newestErasure: Date? { ledger.file.entry(ledger.file.last)?.at }

    // MARK: Beside the records

    /// There is nothing to scrub: what stays behind is ciphertext.
    package func scrub() async -> Bool { !ledger.isLate }

    package func columns() async throws -> [String: [String]] {
        try await inspect { try $0.columns() }
    }

    /// That every index finds what its table has is PostgreSQL's to say (`amcheck`); here, that it answers.
    package func isWhole() async throws -> Bool {
        try await inspect { try $0.columns().count } > 0
    }

    /// Through a connection of its own.
    package func rehearsal() throws -> Rehearsal {
        let worker = PostgresWorker(address)
        return Rehearsal(of: self, writer: worker, keyring: keyring) { worker.sync { $0.close() } }
    }

    /// A server's.
    package var files: Set<FileIdentity> { [] }

    /// It was taken at the opening.
    package func takePlace() {}

    package func places(holding words: [String]) async throws -> [String] {
        try await inspect { try $0.tables(holding: words) }
    }

    private func inspect<Value: Sendable>(_ look: @escaping @Sendable (PostgresConnection) throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            writer.use { connection in
                continuation.resume(with: Result { try connection.look { _ in try look(connection) } })
            }
        }
    }

    /// Keeps this process's place among the others until the service stops.
    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await cluster?.stayed()
        } onCancelOrGracefulShutdown: {
            self.cluster?.leave()
        }
    }

    package func close() throws {
        cluster?.leave()
        ledger.close()
        writer.sync { $0.close() }
        readers.close()
    }
}
