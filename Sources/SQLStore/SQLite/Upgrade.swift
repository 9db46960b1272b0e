import Foundation
import GRDB
import Logging
import Newsletter

/// What a start of this version would do to a database of an earlier one. Nothing is changed by looking.
package struct UpgradeForecast: Sendable, Equatable {
    /// What each step is for, in their order.
    package var steps: [String] = []
    /// Of the largest tables, which the steps may have to walk through.
    package var rows: [String: Int] = [:]
    /// What the copy that is made beforehand takes on the disk, at the most, and what is free there; nil where none is made.
    package var copyBytes: Int?
    package var freeBytes: Int?

    static let tables = ["subscription", "delivery", "erasure", "audit"]

    init(_ connection: some SQLConnection) throws {
        steps = try Migrations.pending(on: connection).map(\.name)
        for table in Self.tables {
            rows[table] = try connection.count("SELECT COUNT(*) FROM \(ofOurs: table)")
        }
    }
}

extension SQLiteStore {
    /// Nil where there is no database yet.
    package static func upgradeForecast(path: String) throws(StoreOpening) -> UpgradeForecast? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { database in
                guard try database.tableExists("migration") else { return nil }
                var forecast = try UpgradeForecast(SQLiteConnection(database: database))
                forecast.copyBytes = try bytes(of: database)
                forecast.freeBytes = free(besides: path)
                return forecast
            }
        } catch let error as StoreOpening {
            throw error
        } catch {
            throw .unusable("\(path): \((error as? DatabaseError)?.advice ?? "it is no database of ours")")
        }
    }

    /// What is changed cannot be changed back, so what it was stays beside it for a week, as what a restore replaces does.
    static func copyBeforeUpgrade(_ database: Database, _ path: String, _ logger: Logger) throws {
        guard try database.tableExists("migration") else { return }
        let steps = try Migrations.pending(on: SQLiteConnection(database: database))
        guard !steps.isEmpty, steps.count < Migrations.steps.count else { return }
        try refuseFullDisk(database, path)
        let copy = SetAside(of: path, at: Date()).path
        try write(database, to: copy)
        logger.notice(
            "the database of an earlier version is copied, and then upgraded",
            metadata: ["steps": "\(steps.count)", "copy": "\(copy)"])
    }

    private static func refuseFullDisk(_ database: Database, _ path: String) throws {
        let (needed, free) = (try bytes(of: database), free(besides: path))
        guard let free, free < needed + needed / 4 else { return }
        throw StoreOpening.unusable(
            "a copy before the upgrade takes \(needed / 1_000_000 + 1) MB, and the disk has \(free / 1_000_000) MB left: make room, "
                + "or make a backup elsewhere (courantd backup) and upgrade without a copy (courantd upgrade --no-backup)"
        )
    }

    private static func write(_ database: Database, to copy: String) throws {
        do {
            let part = try makePart(of: copy)
            defer { removePart(part) }
            try database.execute(sql: "VACUUM INTO ?", arguments: [part])
            try synchronize(part)
            try publish(part, as: copy)
        } catch is BackupFailure {
            throw StoreOpening.unusable("\(copy) cannot be written: check the disk")
        }
    }

    private static func bytes(of database: Database) throws -> Int {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        return pages * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096)
    }

    private static func free(besides path: String) -> Int? {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (facts?[.systemFreeSize] as? NSNumber)?.intValue
    }
}
