import CourantTesting
import Foundation
import Newsletter
import SQLStore
import Testing

@testable import Wiring

/// The file that maps sentences to checks, and the search that some of them make.
@Suite struct PromiseBookTests {
    /// Sentence, check and the most that it says, by the promise's number.
    private static func manual() throws -> [String: ArraySlice<String>] {
        let rows = try Manual("docs/privacy-officer.md").lines.filter { $0.hasPrefix("| ") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
            .filter { $0.count == 4 }
        return Dictionary(rows.map { ($0[0], $0[1...]) }) { $1 }
    }

    @Test func `the privacy officer's manual tells every promise that comes with Courant`() throws {
        let manual = try Self.manual()
        let book = try PromiseBook(file: URL.repository.appending(path: "config/promises.yaml").path)
        for promise in book.promises {
            let row = try #require(manual[promise.id], "\(promise.id)")
            #expect(row[1] == promise.sentence && row[2].hasPrefix("`\(promise.check)`"), "\(row)")
        }
    }

    @Test func `manual and file say of each promise the most that its check can say`() throws {
        let manual = try Self.manual()
        let file = try String(contentsOf: .repository.appending(path: "config/promises.yaml"), encoding: .utf8)
        for promise in try PromiseBook(file: URL.repository.appending(path: "config/promises.yaml").path).promises {
            let reaches = try #require(PromiseCheck.named(promise.check)).reaches
            #expect(file.contains("check: \(promise.check)  # \(reaches.rawValue)\n"), "\(promise.id)")
            let row = try #require(manual[promise.id], "\(promise.id)")
            #expect(row[3] == (reaches == .yours ? "yours to answer for" : reaches.rawValue), "\(row)")
        }
    }

    @Test(arguments: [
        ("", "must hold `promises:`"), ("promises: []", "must hold `promises:`"), ("promise:\n  A: {}", "must hold"),
        ("promises:\n  A: {check: no-cookies}", "line 2: A lacks `says:`"),
        ("promises:\n  A: {says: x, check: no-cookie}", "line 2: A names no check: did you mean no-cookies?"),
        ("promises:\n  A: {says: x}", "A names no check; `courantd promises --checks` lists them"),
        ("promises:\n  A: {says: x, check: no-cookies, when: y}", "A has no when"),
        ("promises:\n  A: {says: x, check: erasure, with: {a: 1}}", "erasure takes within, and not a"),
        ("promises:\n  A: {says: x, check: classes-move, with: {a: 1}}", "classes-move takes nothing, and not a"),
        ("promises:\n  A: {says: x, check: least-access, with: {admins: few}}", "admins must be a whole number"),
        ("promises:\n  A: {says: x, check: leaving-deletes, with: {within: soon}}", "within must be a time such as"),
        ("promises:\n  A: x", "A needs `says:` and `check:`"), ("promises: {A: [", "is not YAML"),
    ]) func `what is wrong with the file is told by line`(_ text: String, _ problem: String) {
        let failure = #expect(throws: PromiseProblems.self) { try PromiseBook(text) }
        let words = failure?.description ?? ""
        #expect(words.contains(problem))
    }

    // MARK: Words on the disk

    @Test(arguments: [
        "zoe@example.org", "em9lQGV4YW1wbGUub3Jn", "zoe%40example%2Eorg", "7a6f65406578616d706c652e6f7267",
        "z\0o\0e\0@\0e\0x\0a\0m\0p\0l\0e\0.\0o\0r\0g\0",
    ]) func `a word is found in each spelling`(_ spelling: String) throws {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        try Data(spelling.utf8).write(to: directory.appending(path: "a.log"))
        try Data("nothing".utf8).write(to: directory.appending(path: "b.log"))
        #expect(try DiskSearch(["zoe@example.org"]).files(in: directory) == ["a.log"])
    }
}
