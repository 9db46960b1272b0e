import CourantAPI
import Foundation
import PeopleFiles

/// Brings a file's parts to the service, those that it has not got, and keeps in mind which of its lines are bad.
struct PartSender {
    /// `uploads/7`
    let path: String
    let client: APIClient
    /// That the service has got.
    var parts: Int
    private var problems: [FieldError] = []
    private var total = 0

    init(_ client: APIClient, path: String, parts: Int) {
        self.client = client
        self.path = path
        self.parts = parts
    }

    /// Throws, once all of it was looked at, where lines are bad and not to be left out.
    mutating func send(_ file: PeopleFile, skippingBad: Bool, _ console: Console) async throws {
        let bad = skippingBad ? try BadLines(beside: file.survey.path) : nil
        var source = try file.parts
        while let event = try source.next() {
            switch event {
            case .bad(let line, let words): try note(line, words, bad)
            case .part(let part):
                // Sent once more it counts once, and tells its bad lines again.
                guard part.number > parts || skippingBad else { continue }
                for problem in try await client.put(part, at: path).problems {
                    let line = Int(problem.field.split(separator: " ").last ?? "").flatMap(part.line) ?? 1
                    try note(line, problem.message, bad)
                }
            }
        }
        bad?.close()
        if source.otherBasis > 0 {
            console.note(
                "\(source.otherBasis.counted("line")) rest on the other basis: import them by another call, with that.")
        }
        guard let bad else { return try failIfBad() }
        if bad.count > 0 {
            console.note("\(bad.count.counted("bad line")): what is wrong with them stands in \(bad.path)")
        }
    }

    private mutating func note(_ line: Int, _ words: String, _ bad: BadLines?) throws(Failure) {
        try bad?.note(line, words)
        total += 1
        if problems.count < 20 { problems.append(FieldError(field: "line \(line)", message: words)) }
    }

    private func failIfBad() throws(Failure) {
        guard total > 0 else { return }
        let more = total - problems.count
        throw Failure(
            word: "import",
            title: "\(total.counted("line")) cannot be imported" + (more > 0 ? "; \(more.grouped) are not listed" : ""),
            next: "Correct them, or leave them out with --skip-bad; until then nothing of the file counts",
            exit: .guarded,
            errors: problems)
    }
}

/// The numbers of bad lines, and what is wrong with them: a file beside the file, for its owner alone. What stands in the lines is not
/// in it.
final class BadLines {
    let path: String
    private let file: FileHandle
    private(set) var count = 0

    init(beside path: String) throws(Failure) {
        self.path = path + ".bad.csv"
        let descriptor = open(self.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file("\(self.path) cannot be written") }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try put("line,reason\n")
    }

    func note(_ line: Int, _ words: String) throws(Failure) {
        count += 1
        try put("\(line),\"\(words.replacing("\"", with: "\"\""))\"\n")
    }

    private func put(_ text: String) throws(Failure) {
        do { try file.write(contentsOf: Data(text.utf8)) } catch { throw .file("\(path) cannot be written") }
    }

    /// None is left where there were none.
    func close() {
        try? file.close()
        if count == 0 { unlink(path) }
    }
}
