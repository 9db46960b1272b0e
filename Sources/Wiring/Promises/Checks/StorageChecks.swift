import Foundation
import Newsletter
import SQLStore

/// What is kept of a person, and how.
extension PromiseCheck {
    static let storage = [
        littleIsStored, nothingSensitive, sealed, purposeIsKept, consentRecorded, sourceRecorded, nothingStays,
        filesArePrivate,
    ]

    private static let littleIsStored = PromiseCheck(
        "little-is-stored",
        "the database has the columns that Courant declares and no other: no IP address, no user agent, no opens, no clicks",
        reaches: .proven
    ) { inspection, _ in
        let (unknown, tables) = try await inspection.unknownColumns()
        return unknown.map { .broken($0) } ?? .proven("\(tables) tables, each column declared")
    }

    private static let nothingSensitive = PromiseCheck(
        "nothing-sensitive",
        "the database has no column for sensitive data; what a list's subject tells of those who are on it, people must judge",
        reaches: .yours
    ) { inspection, _ in
        let (unknown, _) = try await inspection.unknownColumns()
        if let unknown { return .broken(unknown) }
        let titles = try await inspection.read { try $0.lists() }.map(\.title)
        let lists = titles.isEmpty ? "there is no list yet" : "your lists are \(titles.quoted)"
        return .yours(
            "No column is for anything sensitive; \(lists)",
            toDo:
                "see that no list’s subject tells of its readers’ health, beliefs, politics, union, origin or love life "
                + "(GDPR Art. 9), and no source that an import names either")
    }

    private static let sealed = PromiseCheck(
        "addresses-are-sealed",
        "a stored address, name and company are in no file of the data directory, in any spelling, and in no table of a server",
        reaches: .proven
    ) { inspection, _ in try await inspection.lookForClearText() }

    private static let purposeIsKept = PromiseCheck(
        "purpose-is-kept",
        "addresses are stored sealed, so that nothing reads them past Courant; what people do with what they export, they must say",
        reaches: .yours
    ) { inspection, _ in
        switch try await inspection.lookForClearText() {
        case .proven(let words), .seen(let words, _):
            .yours(
                "Courant uses them for its lists alone. \(words)",
                toDo: "see that nobody uses for anything else what staff export or read in Courant")
        case let other: other
        }
    }

    private static let consentRecorded = PromiseCheck(
        "consent-is-recorded",
        "everybody who is on a list by consent has asked and confirmed, with the wording and the policy they saw, or has done so elsewhere, with evidence of it",
        reaches: .proven
    ) { inspection, _ in
        let (lacking, elsewhere, lists) = try await inspection.read { tx in
            (try tx.subscriptionsLackingConsent(), try tx.countConsentsElsewhere(), try tx.lists())
        }
        guard lacking == 0 else {
            return .broken("\(lacking) are on a list by consent without a record of it: ask them again or erase them.")
        }
        guard !lists.isEmpty else { return .noListYet }
        var words = "Nobody is on a list by consent without having confirmed it"
        var unseen: [String] = []
        let interested = lists.filter { $0.basis == .legitimateInterest }.map(\.title)
        if !interested.isEmpty {
            unseen.append(
                "whether your interest outweighs theirs on \(interested.quoted): weigh it, and keep that in writing")
        }
        if elsewhere > 0 {
            words += "; \(elsewhere) of them elsewhere, each with its day and evidence"
            unseen.append(
                "whether the evidence is true that imports brought: courant audit tail shows who brought it and who agreed"
            )
        }
        return unseen.isEmpty ? .proven(words) : .seen(words, unseen: unseen.joined(separator: "; "))
    }

    private static let sourceRecorded = PromiseCheck(
        "source-is-recorded", "every subscription says where its address came from and by what right it is kept",
        reaches: .seen
    ) { inspection, _ in
        let lacking = try await inspection.read { try $0.subscriptionsLackingSource() }
        return lacking == 0
            ? .seen(
                "Every subscription names its source and its legal basis",
                unseen: "whether what imports named as their source is true: courant audit tail shows who imported")
            : .broken("\(lacking) subscriptions name no source: find out whence they are, or erase them.")
    }

    private static let nothingStays = PromiseCheck(
        "nothing-stays-behind",
        "no link, mail or delivery belongs to a subscription that is gone, and no old database lies about past its term",
        reaches: .seen
    ) { inspection, _ in
        let strays = try await inspection.read { try $0.recordsOfNobody() }
        guard strays == 0 else {
            return .broken("\(strays) records belong to people who are gone: the database was changed by hand.")
        }
        let unseen =
            "whether your terms are as short as they can be (courant retention show), and what backups and exported files keep"
        let asides = inspection.courant.settings.databaseFile.map { SetAside.all(of: $0) } ?? []
        guard let oldest = asides.first else {
            return .seen("No record belongs to somebody who is gone", unseen: unseen)
        }
        let names = asides.map(\.path).joined(separator: ", ")
        return oldest.until > inspection.courant.clock.now()
            ? .seen(
                "No record belongs to somebody who is gone; but \(names), which a restore or an upgrade has set aside, still has who has left "
                    + "since. It is deleted on \(oldest.until.day)", unseen: unseen)
            : .broken("\(names), which a restore or an upgrade has set aside, still has who has left since: delete it.")
    }

    private static let filesArePrivate = PromiseCheck(
        "files-are-private",
        "database, log, ledger and key file belong to their owner alone, and the database is whole", reaches: .seen
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
        return .seen(
            settings.databaseFile == nil
                ? "\(files.count) files, mode 0600; whether the database is whole is its server’s to say (pg_amcheck)"
                : "\(files.count) files, mode 0600, the database whole: every page, row and index entry",
            unseen: "who else may log in to this machine, whether its disk is encrypted, and where backups lie")
    }

    private static func mode(of path: String) -> Int {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        guard facts?[.type] as? FileAttributeType == .typeRegular else { return 0 }
        return (facts?[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
}

extension Inspection {
    /// What is wrong with the columns, and how many tables there are.
    fileprivate func unknownColumns() async throws -> (complaint: String?, tables: Int) {
        let found = try await courant.store.columns()
        let unknown = found.flatMap { table, columns in
            columns.filter { Schema.columns[table]?.contains($0) != true }.map { "\(table).\($0)" }
        }
        let complaint =
            "The database has \(unknown.sorted().joined(separator: ", ")), which no version of Courant made: drop it."
        return (unknown.isEmpty ? nil : complaint, found.count)
    }

    fileprivate func lookForClearText() async throws -> Evidence {
        try await withCanary { canary in
            let row = try await read { try $0.subscription(canary.id)?.person.bytes } ?? Data()
            let isClear = canary.words.contains { row.range(of: Data($0.utf8)) != nil }
            let found = isClear ? ["The database"] : try await traces(of: canary, within: .zero)
            guard found.isEmpty else {
                return .broken(
                    "\(found.joined(separator: ", ")) holds an address, name or company in the clear: find out what writes it."
                )
            }
            if depth == .brief {
                return .seen(
                    "What is stored of somebody is sealed", unseen: "the files, which courantd promises searches")
            }
            return courant.settings.databaseFile == nil
                ? .seen(
                    "Of somebody who is on a list, no table and no file of ours holds the address, the name or the company",
                    unseen: "the server’s own files: they hold what its tables hold")
                : .proven("Of somebody who is on a list, no file holds the address, the name or the company")
        }
    }
}

extension [String] {
    /// “A”, “B”
    var quoted: String { map { "“\($0)”" }.joined(separator: ", ") }
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
