import ArgumentParser
import CourantAPI
import Foundation
import Outbound

struct SubscriberImport: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put the people of a CSV file on a list.",
        discussion: """
            The first line names the columns: email, and if you have them name, language or locale (such as nb) and last_contact
            (2026-03-01). Commas, semicolons or tabs; UTF-8; any size. One bad line, and nothing is imported. Addresses that
            are on the list already, or asked never to be written to, are passed over; the same file twice changes nothing.

            On a list of basis consent everybody must confirm by mail first. On one of basis legitimate-interest, the
            first mail says where you have the address from, and how to leave.

            EXAMPLES:
              courant subscriber import fair.csv --list news --basis consent --source "Our stand at Nor-Fishing 2026" --dry-run
              courant subscriber import register.csv --list partners --basis legitimate-interest \\
                --source "the public register of companies" --class prospect
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv"]))
    var file: String

    @Option(name: .long, help: "The list's slug.")
    var list: Slug

    @Option(name: .long, help: "Why the law lets you write to them.")
    var basis: ListCreate.Basis

    @Option(name: .long, help: "Where the addresses come from, in words that their owners will read.")
    var source: String

    @Option(name: .customLong("class"), help: "What they are to you: decides how long they are kept.")
    var kind = SubscriberClass.subscriber

    @Flag(name: .long, help: "Only look: nothing is kept and nobody is written to.")
    var dryRun = false

    @OptionGroup var output: Output

    func run() async throws {
        guard let open = HTTPFile(path: file) else { throw Failure.file("\(file) cannot be read") }
        let client = try APIClient.current()
        let key = dryRun ? nil : try fingerprint()
        var done = try await client.import(open, query, key: key)
        if let taken = done.takenAt {
            output.console.note(
                "The same file was taken on \(LocalTime(taken)): nothing of it is imported again. As it stands now:")
        } else if let id = done.id {
            output.console.note(
                "The file is taken: \(done.rows.counted("address", "addresses")). What is new in it is put on the list, whatever becomes of this command."
            )
            while !done.isOver {
                try await Task.sleep(for: .milliseconds(300))
                done = try await client.imported(id)
            }
        }
        // Of what is refused there is nothing to count.
        if done.invalid == 0 || output.json {
            try output.console.show(done, as: done.facts.text(output.console.page))
        }
        if done.invalid > 0 { throw done.failure }
        if done.imported > 0 { output.console.note(done.warning) }
    }

    private var query: String {
        var query = "list=\(list)&basis=\(basis.rawValue)&class=\(kind.rawValue)&source=\(source.percentEncoded)"
        if dryRun { query += "&dry_run=true" }
        return query
    }

    /// The same for the same file and wish: a command that is run again imports nothing again.
    private func fingerprint() throws -> IdempotencyKey {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw Failure.file("\(file) cannot be read") }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        while let piece = try handle.read(upToCount: 65_536), !piece.isEmpty {
            for byte in piece { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        }
        return IdempotencyKey("import", String(hash, radix: 16), query)
    }
}

extension ImportInfo {
    fileprivate var facts: KeyValueTable {
        var facts = KeyValueTable()
        let words =
            basis == "consent" ? "asked by mail whether they want it" : "told by mail where their address is from"
        let done = state == "rehearsed" ? "would be \(words)" : words
        facts.add("List", list.printable)
        facts.add("New", takenAt == nil ? "\(imported.grouped) \(done)" : "0")
        facts.add("On it already", known.grouped + (waiting.map { ", \($0)" } ?? ""))
        if takenAt != nil { facts.add("Not on it any more", max(0, rows - known - blocked).grouped) }
        facts.add("Want no mail", "\(blocked.grouped) passed over")
        facts.add("Twice in the file", duplicates.grouped)
        return facts
    }

    /// Who is on it already, and is not written to yet.
    private var waiting: String? {
        guard let pending, pending > 0 else { return nil }
        return basis == "consent"
            ? "\(pending.grouped) of them asked before and still to confirm"
            : "\(pending.grouped) of them still to be told"
    }

    /// What nobody can know of a file.
    fileprivate var warning: String {
        let who = basis == "consent" ? "this list" : "a list of basis consent"
        return """
            Who left \(who) before was deleted and cannot be recognised in a file. If some of them stand in this one, \
            take them out first, by the other tool’s list of those who left. Each mail says that you imported a file, from \
            where and when, and lets them choose never to hear from you again.
            """
    }

    fileprivate var failure: Failure {
        let more = invalid - problems.count
        return Failure(
            word: "import",
            title: "\(invalid.counted("line")) cannot be imported"
                + (more > 0 ? "; \(more.grouped) are not listed" : ""),
            next: "Correct them; until then nothing of the file is imported", exit: .guarded, errors: problems)
    }
}
