import ArgumentParser
import CourantAPI
import Foundation
import PeopleFiles

struct ListExport: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write everybody on a list to a file, with what their consent rests on: to move out.",
        discussion: """
            The file holds names, companies and addresses that anybody can read, and for each the days, the wording, the policy's version and
            the evidence of the consent. It is for your account alone (mode 0600): keep it encrypted, hand it on by a safe way, and
            delete it. The audit keeps that you exported. Courant takes it back: courant subscriber import FILE --confirmed …

            Not in it are people who have not confirmed, and wishes never to be written to again: of those only fingerprints are
            kept, which no other tool can use. To move Courant itself with all of it: courantd move.

            EXAMPLES:
              courant list export news --out people.csv
              courant list export news --out people.jsonl --format jsonl --yes
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case csv, jsonl
    }

    @Argument(help: "The list's slug.") var slug: Slug

    @Option(name: .long, help: "The file; it must not be there yet.", completion: .file())
    var out: String

    @Option(name: .long, help: "csv, or jsonl: one JSON object a line.")
    var format = Format.csv

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let (client, console) = (try APIClient.current(), output.console)
        let list = try await client.list(slug)
        try agreement.ask(
            "Write the names and addresses of \(list.active.counted("person", "people")) on \(slug), readable, to \(out)?",
            console)
        let file = try LeaversFile(path: out, format)
        do {
            try await client.export(slug) { line in try file.take(line) }
            try file.finish()
        } catch {
            file.discard()
            throw error
        }
        try console.report(
            LeaversMark(mark: "end", people: file.count),
            as:
                "\(console.margin.tick) \(file.count.counted("person", "people")) written to \(out), readable for your account alone. "
                + "Delete it when it has served."
        )
    }
}

/// The file while it is written, under a name of its own until it is whole.
final class LeaversFile {
    private let path: String
    private let format: ListExport.Format
    private let file: FileHandle
    private(set) var count = 0
    private var isWhole = false

    private static let columns = [
        "email", "name", "company", "language", "state", "class", "basis", "source", "asked_at", "confirmed_at",
        "wording",
        "policy",
        "evidence", "last_contact",
    ]

    init(path: String, _ format: ListExport.Format) throws(Failure) {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw .file("\(path) is there already", next: "Name another file, or take it away")
        }
        let descriptor = open(path + ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else { throw .file("\(path) cannot be written") }
        (self.path, self.format) = (path, format)
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        if format == .csv { try put("\u{FEFF}" + SafeCSV.line(Self.columns)) }
    }

    /// False after the last line.
    func take(_ line: Data) throws -> Bool {
        if let mark = try? JSON.decode(LeaversMark.self, from: line) {
            isWhole = mark.mark == "end" && mark.people == count
            return mark.mark != "end"
        }
        guard let leaver = try? JSON.decode(LeaverInfo.self, from: line) else {
            throw Failure(word: "strange-answer", title: "A line of the answer cannot be read", exit: .failed)
        }
        count += 1
        try put(format == .csv ? SafeCSV.line(leaver.cells) : String(decoding: line, as: UTF8.self) + "\n")
        return true
    }

    func finish() throws(Failure) {
        guard isWhole else {
            throw Failure(
                word: "incomplete", title: "The connection ended before everybody was written", next: "Run it again",
                exit: .failed)
        }
        guard (try? file.synchronize()) != nil, (try? file.close()) != nil, rename(path + ".part", path) == 0 else {
            throw .file("\(path) cannot be written")
        }
    }

    func discard() {
        try? file.close()
        unlink(path + ".part")
    }

    private func put(_ text: String) throws(Failure) {
        do { try file.write(contentsOf: Data(text.utf8)) } catch { throw .file("\(path) cannot be written") }
    }
}

extension LeaverInfo {
    /// In the order of the file's columns.
    fileprivate var cells: [String] {
        [
            email, name ?? "", company ?? "", language, state, `class`, basis, source, askedAt ?? "", confirmedAt ?? "",
            wording ?? "", policy ?? "", evidence ?? "", lastContact,
        ]
    }
}
