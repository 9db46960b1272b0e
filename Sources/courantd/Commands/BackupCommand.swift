import ArgumentParser
import Foundation
import Newsletter
import SQLStore
import Wiring

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy SQLite's database into a new file, also while the service runs.",
        discussion: """
            The copy is consistent and holds no readable address: they are sealed, and the key file is not in it. So it
            needs no second encryption, and is worth nothing without the key file. Keep that elsewhere, and a copy of
            the ledger of erasures (beside the database, ending in .erasures) with neither name nor address in it: copy
            that one all the time, for a restore erases again whom it names and nobody else.
            For a timer: --into FOLDER --keep 8 --verify --quiet. A PostgreSQL database is copied with pg_dump.
            """)

    @Argument(help: "The file to make. Nothing is overwritten.") var file: String?
    @Option(help: "Instead of a file: a folder, in which the copy gets a name that says when it was made.")
    var into: String?
    @Option(help: "With --into: how many copies stay; older ones that were made so are deleted afterwards.")
    var keep: Int?
    @Flag(
        help: "Restore the copy for a trial in a folder beside it, which is deleted again, and only then older copies.")
    var verify = false
    @Flag(name: .shortAndLong, help: "Say nothing unless it fails.") var quiet = false
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard (file == nil) != (into == nil) else { throw ValidationError("Name a file, or a folder with --into.") }
        guard keep == nil || into != nil else { throw ValidationError("--keep goes with --into.") }
        guard keep ?? 1 >= 1 else { throw ValidationError("--keep is 1 or more.") }
    }

    func run() async throws {
        let (settings, _) = try await options.read()
        try await exiting {
            let folder = into.map { BackupFolder(path: $0) }
            let file = folder?.nextFile(at: Date()) ?? file ?? ""
            let backup = try await Courant.backup(to: file, settings: settings)
            let trial = verify ? try Courant.tryRestoring(file, settings: settings) : nil
            let deleted = try keep.map { try folder?.deleteOldest(keeping: $0) ?? [] } ?? []
            guard !quiet else { return }
            print(
                "\(file): \(backup.subscriptions) subscriptions, \(backup.lists) lists, \(backup.campaigns) campaigns, "
                    + "\(backup.bytes / 1000) KB, up to entry \(backup.lastEntry) of the ledger")
            if let trial {
                print("restored for a trial: \(trial.subscriptions) subscriptions, \(trial.erasedAgain) erased again")
            }
            for gone in deleted { print("deleted \(gone)") }
            note("Addresses and names in it are sealed: it needs no second encryption.")
            note("The key that opens them is not in it. Keep a copy of \(settings.keysFile) somewhere else.")
            note(
                "Copy \(settings.ledger) all the time: whoever leaves after its last copy would come back at a restore."
            )
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the database's place, and erase again who has left since.",
        discussion: """
            The service must be stopped. The ledger of erasures beside the database says who has left since the backup;
            they are erased again before anything is served, and whoever asked since never to be written to is remembered.
            Campaigns that were going out are paused. The database that was there is kept for a week. A PostgreSQL
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
                    + "backup, \(outcome.erasedAgain) of them erased again; \(outcome.wishes) changes of who is never to be "
                    + "written to.")
            tellLedger(outcome, settings)
            if let replaced = outcome.replaced {
                note(
                    "The database that was there is now \(replaced.path). It can be read with your key, with all who leave from now "
                        + "on: the service deletes it on \(replaced.until.day). Delete it before, when you need it no more."
                )
            }
            tellLogins(outcome.logins)
            note("Restrictions and corrections are as they were when the backup was made.")
        }
    }

    private func tellLedger(_ outcome: Restoring.Outcome, _ settings: Settings) {
        guard !withoutLedger else {
            return note(
                "Without the ledger: whoever has left since the backup is back, and whoever has asked since never to be written "
                    + "to may be. Erase by hand whom you know of.")
        }
        let age =
            outcome.ledgerEnds.map { "ends on \($0.formatted(.iso8601))" } ?? "has nobody in it"
        note(
            "The ledger \(settings.ledger) \(age). Whoever has left after that is back, unless it is the newest there is: is it?"
        )
    }

    private func tellLogins(_ logins: [StaffMember]) {
        guard !logins.isEmpty else { return note("Nobody can sign in: courantd staff add NAME --role admin") }
        note("These logins come from the backup; take back what should not be (courantd staff revoke NAME):")
        for member in logins { note("  \(member.name), \(member.role.rawValue), until \(member.expiresAt.day)") }
    }
}
