package import Foundation
package import Mail

/// Where the domain keeps its records. A verb is one transaction: it reads and writes through the `Transaction` it is
/// given, and what it throws undoes what it wrote.
package protocol Store: Sendable {
    /// A consistent look at the records. Keep it short: a long look holds back the scrubbing of erased bytes.
    func read<Result: Sendable>(_ look: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result

    /// Returns once the transaction is durable (fsync). Concurrent writers share one commit, so `change` must not wait for
    /// anything; it runs alone, after all earlier changes. It runs once more where another of its commit fails halfway: what
    /// it does outside the transaction must bear that.
    ///
    /// `person` is whom it will ask for, and the only one about whom it will write anything: those who share a commit are
    /// then asked for together, where the way to the records is long.
    func write<Result: Sendable>(
        about person: BlindIndex?, _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result

    /// This process among those that serve these records.
    var share: Share { get }

    /// When the last of the erasures was that stand in the ledger beside the records.
    var newestErasure: Date? { get }
}

extension Store {
    package var share: Share { .whole }
    package var newestErasure: Date? { nil }

    package func write<Result: Sendable>(
        _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await write(about: nil, change)
    }
}

/// By what an address is found without being read.
package struct BlindIndex: Sendable, Hashable {
    /// Of its subscriptions.
    package let digest: Data
    /// Of the wish never to be written to again.
    package let fingerprint: Data

    package init(digest: Data, fingerprint: Data) {
        self.digest = digest
        self.fingerprint = fingerprint
    }
}

/// The records as a transaction sees them, by noun.
package protocol Transaction: ListRecords, SubscriptionRecords, TokenRecords, FingerprintRecords, OutboxRecords,
    CampaignRecords, DeliveryRecords, StaffRecords, AuditRecords, RightsRecords, RightsRequestRecords,
    AddressChangeRecords, LedgerRecords, HeldRecords, ReportRecords, ProbeRecords, SealedRecords, PolicyRecords,
    RecordFaults,
    RetentionRecords,
    ImportRecords, ClockRecords, CanaryRecords, ConsentWordingRecords,
    BlockRecords, LeaverRecords, EventRecords
{
    /// Writes something that changes nothing: whether writing is possible at all.
    func touch() throws
}

/// The store itself failed; nothing of the verb was kept.
package enum StoreFailure: Error, Equatable {
    /// Full disk, read-only directory, lost connection: try again later; the operator must act.
    case unavailable(String)
    /// More writers wait than the store can serve: try again in a moment.
    case overloaded
}

extension StoreFailure: CustomStringConvertible {
    package var description: String { advice }

    /// For the operator.
    package var advice: String {
        switch self {
        case .unavailable(let advice): advice
        case .overloaded: "more writers wait than it can serve"
        }
    }
}
