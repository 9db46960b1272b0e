import Foundation
import Newsletter
import SQLStore

/// What is kept of a person, and how.
extension PromiseCheck {
    static let storage = [littleIsStored, sealed, consentRecorded, sourceRecorded, nothingStays, filesArePrivate]

    private static let littleIsStored = PromiseCheck(
        "little-is-stored",
        "the database has the columns that Courant declares and no other: no IP address, no user agent, no opens, no clicks"
    ) { inspection, _ in
        let found = try await inspection.courant.store.columns()
        let unknown = found.flatMap { table, columns in
            columns.filter { Schema.columns[table]?.contains($0) != true }.map { "\(table).\($0)" }
        }
        guard unknown.isEmpty else {
            return .broken(
                "The database has \(unknown.sorted().joined(separator: ", ")), which no version of Courant made: drop it."
            )
        }
        return .kept("\(found.count) tables, each column declared")
    }

    private static let sealed = PromiseCheck(
        "addresses-are-sealed",
        "a stored address and name are in no file of the data directory, in any spelling, and in no table of a server"
    ) { inspection, _ in
        try await inspection.withCanary { canary in
            let found = try await inspection.traces(of: canary, within: .zero)
            let places = inspection.courant.settings.databaseFile == nil ? "no table and no file" : "no file"
            return found.isEmpty
                ? .kept("Of somebody who is on a list, \(places) holds the address or the name")
                : .broken("\(found.joined(separator: ", ")) holds an address in the clear: find out what writes it.")
        }
    }

    private static let consentRecorded = PromiseCheck(
        "consent-is-recorded",
        "everybody who is on a list by consent has asked and confirmed, with the wording and the policy they saw"
    ) { inspection, _ in
        let lacking = try await inspection.read { try $0.subscriptionsLackingConsent() }
        return lacking == 0
            ? .kept("Nobody is on a list by consent without having confirmed it")
            : .broken("\(lacking) are on a list by consent without a record of it: ask them again or erase them.")
    }

    private static let sourceRecorded = PromiseCheck(
        "source-is-recorded", "every subscription says where its address came from and by what right it is kept"
    ) { inspection, _ in
        let lacking = try await inspection.read { try $0.subscriptionsLackingSource() }
        return lacking == 0
            ? .kept("Every subscription names its source and its legal basis")
            : .broken("\(lacking) subscriptions name no source: find out whence they are, or erase them.")
    }

    private static let nothingStays = PromiseCheck(
        "nothing-stays-behind",
        "no link, mail or delivery belongs to a subscription that is gone, and no old database lies about past its term"
    ) { inspection, _ in
        let strays = try await inspection.read { try $0.recordsOfNobody() }
        guard strays == 0 else {
            return .broken("\(strays) records belong to people who are gone: the database was changed by hand.")
        }
        let asides = inspection.courant.settings.databaseFile.map { SetAside.all(of: $0) } ?? []
        guard let oldest = asides.first else { return .kept("No record belongs to somebody who is gone") }
        let names = asides.map(\.path).joined(separator: ", ")
        return oldest.until > inspection.courant.outside.clock.now()
            ? .kept(
                "No record belongs to somebody who is gone; but \(names), which a restore has moved aside, still has who has left "
                    + "since. It is deleted on \(oldest.until.day)")
            : .broken("\(names), which a restore has moved aside, still has who has left since: delete it.")
    }

    private static let filesArePrivate = PromiseCheck(
        "files-are-private",
        "database, log, ledger and key file belong to their owner alone, and the database is whole"
    ) { inspection, _ in
        let settings = inspection.courant.settings
        let files = try settings.ownFiles()
        let open = (files + [settings.keysFile]).filter { mode(of: $0) & 0o077 != 0 }
        guard open.isEmpty else {
            return .broken("\(open.joined(separator: ", ")) can be read by others: chmod 600")
        }
        guard try await inspection.courant.store.isWhole() else {
            return .broken("The database \(settings.store) is damaged: restore a backup.")
        }
        return .kept(
            settings.databaseFile == nil
                ? "\(files.count) files, mode 0600; whether the database is whole is its server's to say (pg_amcheck)"
                : "\(files.count) files, mode 0600, the database whole: every page, row and index entry")
    }

    private static func mode(of path: String) -> Int {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        guard facts?[.type] as? FileAttributeType == .typeRegular else { return 0 }
        return (facts?[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
}

extension Settings {
    /// All that lies beside SQLite's file; of the key file's folder, which others may use too, what we put there.
    fileprivate func ownFiles() throws -> [String] {
        guard databaseFile != nil else {
            return [keysFile, ledger].filter { FileManager.default.fileExists(atPath: $0) }
        }
        return try FileManager.default.contentsOfDirectory(atPath: dataDirectory).map { "\(dataDirectory)/\($0)" }
    }
}
