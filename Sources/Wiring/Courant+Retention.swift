import Mail
package import Newsletter
import SQLStore

extension Courant {
    /// On the host, also while the service runs.
    package static func sweep(settings: Settings, dryRun: Bool) async throws -> Sweep {
        let (departures, doorbell) = (Departures(), Doorbell())
        let (store, keyring) = try beside(settings, departures)
        defer { try? store.close() }
        let subscriptions = Subscriptions(
            store: store, keyring: keyring, clock: .system, departures: departures, doorbell: doorbell,
            rules: settings.rules)
        let retention = Retention(
            store: store, keyring: keyring, calendar: .system, departures: departures, doorbell: doorbell,
            subscriptions: subscriptions, publicURL: settings.http.publicURL.text)
        if dryRun { return try await retention.rehearse() }
        let sweep = try await retention.sweep(by: .host)
        // The service scrubs what it erased itself; here nobody else does.
        while sweep.erased > 0, await !store.scrub() { try await Task.sleep(for: .milliseconds(50)) }
        return sweep
    }
}
