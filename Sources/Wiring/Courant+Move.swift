import Foundation
package import Newsletter
package import SQLStore

extension Courant {
    /// While nobody serves either side. `settings`: for the key file, and for the ledger that lies beside it.
    package static func move(
        from origin: StoreAddress, to destination: StoreAddress, settings: Settings, clock: WallClock = .system,
        watch: @escaping Move.Watch = { _ in }
    ) async throws -> [MovedRows] {
        let lock = try lock(settings.keysFile)
        defer { lock.release() }
        let ends = [origin, destination].map(settings.at)
        let keyring = try KeyFile.existing(settings.keysFile)
        let move = Move(
            from: Move.End(ends[0].store, ledger: ends[0].ledger), to: Move.End(ends[1].store, ledger: ends[1].ledger),
            keyring: keyring, keptFor: settings.backupsExpireAfter, at: clock.now())
        do {
            return try await withCheckedThrowingContinuation { continuation in
                let queue = DispatchQueue(label: "courant.move")
                queue.async { continuation.resume(with: Result { try move.run(watch) }) }
            }
        } catch let failure as MoveFailure {
            throw StartFailure.move(failure.advice(from: ends[0], to: ends[1]))
        }
    }
}

extension Settings {
    /// The same, but for where the records are.
    func at(_ place: StoreAddress) -> Settings {
        var settings = self
        settings.store = place.having(passwordOf: store)
        return settings
    }
}
