import ArgumentParser
import Foundation
import SQLStore
import Wiring

struct MoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Take the records to another database: from SQLite to PostgreSQL, or back.",
        discussion: """
            Both sides must be stopped, and the new place empty. Everything is copied as it is, so that old links go on
            working by the same key file; then both sides are read once more and compared. Interrupted, it goes on where it
            was when it is run again. Afterwards the old place is not served any more: whoever leaves from then on would
            still be there. The ledger of erasures goes along.
            """)

    @Option(help: "Where the records are: sqlite:PATH or postgresql://USER@HOST/DATABASE.") var from: String
    @Option(help: "Where they are to go. Default: what store.url says.") var to: String?
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, found) = try await options.read()
        let origin = try address(from, "--from")
        let destination = try to.map { try address($0, "--to") } ?? settings.store
        let progress = MoveProgress()
        try await exiting {
            let tables = try await Courant.move(from: origin, to: destination, settings: settings) {
                progress.show($0)
            }
            progress.end()
            printTable(tables)
            adviseOn(origin, destination, settings, namesKeys: found.contains { $0.key == "keys.file" })
        }
    }

    /// What it is not may hold a password.
    private func address(_ text: String, _ option: String) throws -> StoreAddress {
        do throws(StoreAddress.Problem) {
            return try StoreAddress(text)
        } catch {
            throw ValidationError("\(option) \(error.words).")
        }
    }

    private func printTable(_ tables: [MovedRows]) {
        func line(_ columns: String...) {
            let widths = [16, 12, 14, 0]
            let cells = zip(columns, widths).map {
                $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0)
            }
            print(cells.joined())
        }
        line("table", "rows", "digest", "")
        for table in tables {
            let digest = table.digest.prefix(6).map { String(format: "%02x", $0) }.joined()
            line(table.table, String(table.rows), digest, "same")
        }
    }

    private func adviseOn(
        _ origin: StoreAddress, _ destination: StoreAddress, _ settings: Settings, namesKeys: Bool
    ) {
        note("Now point store.url to \(url(destination)), start the service, and make a new backup.")
        if !namesKeys { note("Set keys.file: \(settings.keysFile), for its default may be another there.") }
        if case .sqlite(let path) = origin {
            note("\(path) is an old copy and is not served any more: delete it and its copies.")
        } else {
            note("\(origin) is an old copy and is not served any more: drop it, and delete its dumps.")
        }
        note("What you cannot delete, courantd keys rotate makes unreadable.")
    }

    private func url(_ address: StoreAddress) -> String {
        if case .sqlite(let path) = address { "sqlite:\(path)" } else { "\(address)" }
    }
}

/// One line on a terminal, written over and over.
private struct MoveProgress: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1

    func show(_ progress: Move.Progress) {
        guard isShown else { return }
        let words = "\(progress.isCheck ? "compared" : "copied") \(progress.table) \(progress.rows)"
        write("\r\u{1B}[K\(words)")
    }

    func end() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
