package import SQLStore

extension Courant {
    /// What this version would do to the database; nil where there is none yet. Nothing is changed by asking.
    package static func upgradeForecast(_ settings: Settings) throws(StartFailure) -> UpgradeForecast? {
        do throws(StoreOpening) {
            return try settings.store.upgradeForecast()
        } catch {
            throw error.failure(settings)
        }
    }

    /// What a start of the service does to a database of an earlier version, without serving it afterwards.
    package static func upgrade(_ settings: Settings, copying: Bool) throws(StartFailure) {
        var terms = settings.terms(serves: true)
        // SQLite's file is kept from a service; those that serve a server's database look on.
        (terms.serves, terms.holder) = (settings.databaseFile != nil, .command)
        if !copying { terms.upgrade = .withoutCopy }
        let store = try store(settings, try settings.keyring(), terms, settings.logger())
        try? store.close()
    }
}
