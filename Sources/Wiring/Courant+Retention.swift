import Mail
package import Newsletter
import SQLStore

extension Courant {
    /// On the host, also while the service runs.
    package static func sweep(settings: Settings, dryRun: Bool) async throws -> Sweep {
        try await withRetention(settings) { retention, store in
            if dryRun { return try await retention.rehearse() }
            let sweep = try await retention.sweep(by: .host)
            // The service scrubs what it erased itself; here nobody else does.
            while sweep.erased > 0, await !store.scrub() { try await Task.sleep(for: .milliseconds(50)) }
            return sweep
        }
    }

    /// What sweeps hold on that list goes, if it is so many.
    package static func releaseSweep(
        settings: Settings, list: Slug, expecting count: Int
    ) async throws -> HeldSweep {
        try await withRetention(settings) { retention, _ in
            try await retention.release(list, expecting: count, by: .host)
        }
    }

    /// The time of day is right as it is.
    package static func confirmClock(settings: Settings) async throws {
        let (store, keyring) = try beside(settings)
        defer { try? store.close() }
        try await SteadyClock.confirm(.system, in: store, keyring: keyring, by: .host)
    }

    private static func withRetention<Value: Sendable>(
        _ settings: Settings, _ work: (Retention, any ServedStore) async throws -> Value
    ) async throws -> Value {
        let calendar = SteadyClock(.system)
        let (store, keyring) = try beside(settings)
        defer { try? store.close() }
        let subscriptions = Subscriptions(
            store: store, keyring: keyring, clock: calendar.calendar, rules: settings.rules)
        let retention = Retention(
            store: store, keyring: keyring, calendar: calendar, subscriptions: subscriptions,
            publicURL: settings.http.publicURL.text, registerTerm: settings.registerExpiresAfter)
        return try await work(retention, store)
    }
}
