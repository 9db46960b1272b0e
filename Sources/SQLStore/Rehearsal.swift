import Foundation
package import Newsletter
import ServiceLifecycle
import Synchronization

/// A store in which verbs are tried out: whatever is read and written through it belongs to one transaction, and that is
/// rolled back. The engine, its constraints and its triggers are the true ones; nobody else ever sees any of it.
///
/// While it lasts other writers wait, so it must be short.
package final class Rehearsal: ServedStore {
    private let base: any ServedStore
    private let writer: any Writer
    private let keyring: Keyring
    private let end: @Sendable () -> Void

    init(of base: any ServedStore, writer: any Writer, keyring: Keyring, end: @escaping @Sendable () -> Void) {
        self.base = base
        self.writer = writer
        self.keyring = keyring
        self.end = end
    }

    /// Of what `play` writes through this store nothing stays.
    package func perform<Value: Sendable>(_ play: () async throws -> Value) async throws -> Value {
        try await onWriter { try $0.begin() }
        do {
            let value = try await play()
            try await onWriter { try $0.rollBack() }
            return value
        } catch {
            try? await onWriter { if $0.isInsideTransaction { try $0.rollBack() } }
            throw error
        }
    }

    package func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await write(about: nil, look)
    }

    /// What throws undoes itself alone, as it would in the store.
    package func write<Result: Sendable>(
        about person: BlindIndex?, _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await onWriter { [keyring] connection in
            guard connection.isInsideTransaction else {
                throw StoreFailure.unavailable("the engine has ended the transaction of a check: try again")
            }
            var transaction = SQLTransaction(connection: connection, leastKey: try connection.sealingKey(of: keyring))
            transaction.isRehearsal = true
            try connection.setSavepoint()
            do {
                let result = try change(transaction)
                try connection.releaseSavepoint()
                return result
            } catch {
                try connection.rollBackToSavepoint()
                throw error
            }
        }
    }

    private func onWriter<Value: Sendable>(
        _ work: @escaping @Sendable (any WritingConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            writer.schedule { connection in
                continuation.resume(
                    with: Result { try work(connection) }.mapError { StoreFailure.mapped($0) })
            }
        }
    }

    // MARK: As the store has it

    package func scrub() async -> Bool { true }
    package func columns() async throws -> [String: [String]] { try await base.columns() }
    package func isWhole() async throws -> Bool { try await base.isWhole() }
    package func places(holding words: [String]) async throws -> [String] { try await base.places(holding: words) }
    package var files: Set<FileIdentity> { base.files }
    package func takePlace() {}
    package func rehearsal() throws -> Rehearsal { try base.rehearsal() }
    package func run() async throws {}
    package func close() throws { end() }
}
