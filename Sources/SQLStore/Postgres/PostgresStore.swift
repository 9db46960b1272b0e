package import Logging
package import Newsletter
import ServiceLifecycle

/// Stands where the driver will.
package final class PostgresStore: ServedStore {
    package init(
        _ address: PostgresAddress, keyring: Keyring, terms: StoreOpeningTerms, logger: Logger
    ) throws(StoreOpening) {
        throw .unusable("\(address) cannot be reached")
    }

    package static func exists(_ address: PostgresAddress) throws(StoreOpening) -> Bool {
        throw .unusable("\(address) cannot be reached")
    }

    package static func isServed(_ address: PostgresAddress) throws(StoreOpening) -> Bool { false }

    package func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result { throw StoreFailure.overloaded }

    package func write<Result: Sendable>(
        _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result { throw StoreFailure.overloaded }

    package func run() async throws {}
    package func scrub() async -> Bool { true }
    package func columns() async throws -> [String: [String]] { [:] }
    package func isWhole() async throws -> Bool { true }
    package func tables(holding words: [String]) async throws -> [String] { [] }
    package func close() throws {}
}
