import ArgumentParser
import Foundation
import SQLStore
import Wiring

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy SQLite's database into a new file, also while the service runs.",
        discussion: """
            The copy is consistent and holds no readable address: they are sealed, and the key file is not in it. So it
            needs no second encryption, and is worth nothing without the key file. Keep that elsewhere, and a copy of
            the ledger of erasures (beside the database, ending in .erasures) with neither name nor address in it.
            A PostgreSQL database is copied with pg_dump.
            """)

    @Argument(help: "The file to make. Nothing is overwritten.") var file: String
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        try await exiting {
            let backup = try await Courant.backup(to: file, settings: settings)
            print(
                "\(file): \(backup.subscriptions) subscriptions, \(backup.lists) lists, \(backup.campaigns) campaigns, "
                    + "\(backup.bytes / 1000) KB, up to erasure \(backup.lastErasure)")
            note("Addresses and names in it are sealed: it needs no second encryption.")
            note("The key that opens them is not in it. Keep a copy of \(settings.keysFile) somewhere else.")
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the database's place, and erase again who has left since.",
        discussion: """
            The service must be stopped. The ledger of erasures beside the database says who has left since the backup;
            they are erased again before anything is served. Campaigns that were going out are paused. A PostgreSQL
            database is put back with pg_restore; the next start does the rest.
            """)

    @Argument(help: "What courantd backup made.") var file: String
    @Flag(help: "Move a database that is there aside.") var replace = false
    @Flag(help: "The ledger of erasures is lost: people who have left since the backup come back.")
    var withoutLedger = false
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        try await exiting {
            let outcome = try Courant.restore(
                file, replacing: replace, withoutLedger: withoutLedger, settings: settings)
            print(
                "\(settings.store): \(outcome.subscriptions) subscriptions. \(outcome.erasures) erasures since the "
                    + "backup, \(outcome.erasedAgain) of them erased again.")
            if let replaced = outcome.replaced {
                note("The database that was there is now \(replaced). Delete it when you need it no more.")
            }
            note("Logins, restrictions and corrections are as they were when the backup was made.")
        }
    }
}
