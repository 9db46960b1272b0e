import ArgumentParser
import SQLStore
import Wiring

struct UpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade",
        abstract: "Bring the database of an earlier version up to this one, or say what that would do.",
        discussion: """
            The service does the same when it starts. SQLite's database is copied first, beside it
            (courant.db.before-…), and the copy is deleted after a week. A PostgreSQL database is yours to dump
            before: pg_dump. A version before this one refuses the database afterwards.
            """)

    @Flag(help: "Only say what would be done: nothing is changed.") var check = false
    @Flag(name: .customLong("no-backup"), help: "Make no copy first.") var noBackup = false
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        try await exiting {
            guard let forecast = try Courant.upgradeForecast(settings) else {
                return print("There is no database yet: the first start makes it.")
            }
            guard !forecast.steps.isEmpty else {
                return print("The database is this version's (\(Courant.version)): there is nothing to do.")
            }
            describe(forecast, isSQLite: settings.databaseFile != nil)
            guard !check else { return }
            try Courant.upgrade(settings, copying: !noBackup)
            print("Done.")
        }
    }

    private func describe(_ forecast: UpgradeForecast, isSQLite: Bool) {
        print("Courant \(Courant.version) will change the database, once, in one transaction:")
        for step in forecast.steps { print("- \(step)") }
        let rows = forecast.rows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        print("Rows that it may walk through: \(rows). That takes \(forecast.time).")
        guard isSQLite else {
            return print("No copy is made of a PostgreSQL database: make a dump first (pg_dump).")
        }
        guard !noBackup, let copy = forecast.copyBytes, let free = forecast.freeBytes else { return }
        print("A copy is made before, for a week: at most \(copy / 1_000_000 + 1) MB; \(free / 1_000_000) MB are free.")
    }
}

extension UpgradeForecast {
    /// At a pace that a slow disk keeps; each step may walk through them all.
    fileprivate var time: String {
        let seconds = Double(rows.values.reduce(0, +) * steps.count) / 200_000
        return seconds < 5 ? "a few seconds at the most" : "about \(Int(seconds / 60) + 1) min at the most"
    }
}
