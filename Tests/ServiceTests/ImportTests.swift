import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@Suite struct ImportTests {
    @Test func `consent is asked for by mail, and nobody is on the list before`() async throws {
        let app = try await TestApp.start()
        let counts = try await app.bringIn("email,name,locale\nann@example.org,Ann,sv\nbob@example.org,,\n")
        #expect(counts == ImportCounts(rows: 2, imported: 2))
        #expect(try await app.active() == 0)
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").first)
        #expect(mail.header("Content-Language") == "sv" && mail.header("List-Unsubscribe") == nil)
        let token = try #require(mail.token(after: "/confirm/").flatMap { Token($0) })
        _ = try await app.courant.subscriptions.confirm(token)
        #expect(try await app.active() == 1)
        app.passDays(4)
        #expect(try await app.courant.retention.sweep().expired == 1)
    }

    @Test func `confirm mails leave at a pace`() async throws {
        let app = try await TestApp.start()
        let file = "email\n" + (0..<50).map { "p\($0)@example.org\n" }.joined()
        try await app.bringIn(file)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == Imports.pace)
        app.clock.advance(.seconds(2))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 50)
    }

    @Test func `on a list of legitimate interest the first mail says where from, and no other`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", title: "For partners", basis: .legitimateInterest)
        try await app.bringIn(
            "email;name;last_contact\nann@example.org;Ann;2025-12-01\n", onto: "partners", basis: .legitimateInterest,
            class: .prospect)
        #expect(try await app.active(on: "partners") == 0)
        try await app.deliverAllMail()
        #expect(try await app.active(on: "partners") == 1)
        try await app.launch(list: "partners")
        try await app.deliverAllMail()
        let mails = app.relay.mails(to: "ann@example.org")
        try #require(mails.count == 2)
        #expect(mails[0].text.contains("our stand at the fair") && mails[0].text.contains("730 days"))
        #expect(mails[0].header("List-Unsubscribe") != nil && mails[0].text.contains("/policy"))
        #expect(!mails[1].text.contains("our stand at the fair"))
        // The term counts from the contact, not from the import.
        app.passDays(690)
        #expect(try await app.courant.retention.sweep().ended == 0)
        app.passDays(10)
        #expect(try await app.courant.retention.sweep().ended == 1)
    }

    @Test func `whoever cannot be told within a month is erased, and gets nothing until then`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        try await app.bringIn("email\nann@example.org\n", onto: "partners", basis: .legitimateInterest)
        try await app.deliverAllMail()
        #expect(try await app.active(on: "partners") == 0)
        app.passDays(30, and: .seconds(1))
        #expect(try await app.courant.retention.sweep().uninformed == 1)
        #expect(try await !app.isThere("ann@example.org"))
    }

    @Test func `the same file twice, or one address twice, changes nothing`() async throws {
        let app = try await TestApp.start()
        let file = "email\nann@example.org\nANN@example.org\nbob@example.org\n"
        #expect(try await app.bringIn(file) == ImportCounts(rows: 2, duplicates: 1, imported: 2))
        #expect(try await app.bringIn(file) == ImportCounts(rows: 2, duplicates: 1, known: 2))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
        let entries = try await app.audited(.importSubscribers)
        #expect(entries.count == 2 && entries[0].actor == "staff:Eva" && !entries[0].result.contains("@"))
    }

    @Test func `a key names one import for a day`() async throws {
        let app = try await TestApp.start()
        let file = Array("email\nann@example.org\n".utf8)
        let first = try await app.courant.imports.accept(app.read(file, key: "k"), by: .staff("Eva"))
        #expect(try await app.courant.imports.known("k", by: "Eva")?.id == first.id)
        #expect(try await app.courant.imports.known("k", by: "Bob") == nil)
        app.passDays(1, and: .seconds(1))
        #expect(try await app.courant.imports.known("k", by: "Eva") == nil)
        let again = try await app.courant.imports.accept(app.read(file, key: "k"), by: .staff("Eva"))
        #expect(again.id != first.id)
    }

    @Test func `an import that a crash interrupts goes on at the next start`() async throws {
        let app = try await TestApp.start()
        let file = "email\n" + (0..<700).map { "p\($0)@example.org\n" }.joined()
        let accepted = try await app.courant.imports.accept(app.read(Array(file.utf8)), by: .host)
        let half = Task { try await app.courant.imports.work() }
        half.cancel()
        _ = try? await half.value
        let next = try await app.restart()
        try await next.courant.imports.work()
        let done = try await next.courant.imports.show(accepted.id)
        #expect(done.state == .done && done.counts.imported == 700)
        #expect(try await next.courant.lists.all()[0].pending == 700)
    }

    @Test func `what was never read to the end is thrown away`() async throws {
        let app = try await TestApp.start()
        let id = try await app.read(Array("email\nann@example.org\n".utf8)).id
        app.clock.advance(.seconds(3_601))
        try await app.courant.imports.work()
        await #expect(throws: Refusal.notFound(.import)) { try await app.courant.imports.show(id) }
    }

    @Test func `a file without a column email is told so, with the names that are known`() {
        let words = ImportFault.noEmailColumn.words
        #expect(words.contains("no column “email”") && words.contains("Known are email, name, language"))
    }

    // MARK: Bad files

    private static let bad: [(String, Int, ImportFault)] = [
        ("", 1, .noHead), ("ann@example.org\n", 1, .noEmailColumn), ("name\nAnn\n", 1, .noEmailColumn),
        ("E-post;Navn\n", 1, .noEmailColumn), ("email,phone\n", 1, .unknownColumn("phone")),
        ("email,locale,language\n", 1, .doubleColumn), ("email,email\n", 1, .doubleColumn),
        ("email,last_contact\nann@example.org,2026-01-01\n", 1, .contactOnConsent),
        ("email\nann@example.org\nnonsense\n", 3, .email(.noAt)), ("email\nann@exa_mple.org\n", 2, .email(.sign("_"))),
        ("email\n\"ann@example.org, bo@example.org\"\n", 2, .email(.severalAts)),
        ("email,name\nann@example.org\n", 2, .columnCount),
        ("email,name\nann@example.org,=cmd()\n", 2, .formula), ("email,name\n+ann@example.org,Ann\n", 2, .formula),
        ("email,name\nann@example.org,www.evil.example\n", 2, .name),
        ("email,language\nann@example.org,xx\n", 2, .language), ("email\na\0@example.org\n", 2, .form(.nul)),
        ("email\n\"ann@example.org\n", 2, .form(.openQuote)), ("email\næøå@example.org\n", 2, .emailNotASCII),
        ("email\n\(String(repeating: "x", count: 1_000_000))\n", 2, .form(.tooLong)),
        ("email\nann@example.org\(String(repeating: ",", count: 20))\n", 2, .form(.tooManyFields)),
    ]

    @Test(arguments: bad) func `one bad line, and nothing is imported`(
        _ file: String, _ line: Int, _ fault: ImportFault
    ) async throws {
        let app = try await TestApp.start()
        let reading = try await app.read(Array(file.utf8))
        do {
            _ = try await app.courant.imports.accept(reading, by: .host)
            Issue.record("accepted")
        } catch let problems as ImportProblems {
            #expect(problems.total == 1 && problems.lines == [.init(line: line, fault: fault)])
            #expect(!fault.words.isEmpty && !fault.words.contains("example.org"))
        }
        try await app.courant.imports.work()
        #expect(try await app.courant.lists.all()[0].pending == 0)
        #expect(try await app.courant.store.read { try $0.imports(.reading) }.isEmpty)
    }

    @Test(arguments: [("2027-01-01", ImportFault.future), ("2026-02-30", .date), ("x", .date), ("2020-01-01", .tooOld)])
    func `a contact lies behind us, and not too far`(_ day: String, _ fault: ImportFault) async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        let file = Array("email,last_contact\nann@example.org,\(day)\n".utf8)
        let reading = try await app.read(file, onto: "partners", basis: .legitimateInterest)
        let problems = try await app.courant.imports.rehearse(reading).problems
        #expect(problems.lines.map(\.fault) == [fault])
    }

    @Test func `of many bad lines the first are listed and all are counted`() async throws {
        let app = try await TestApp.start()
        let file = "email\n" + String(repeating: "bad\n", count: 5_000)
        let rehearsal = try await app.courant.imports.rehearse(app.read(Array(file.utf8)))
        let problems = rehearsal.problems
        #expect(problems.total == 5_000 && problems.lines.count == ImportProblems.most && rehearsal.counts.rows == 0)
    }

    @Test func `a rehearsal tells all and keeps nothing`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bob@example.org")
        try await app.unsubscribe("bob@example.org", everything: true)
        let file = "email\nann@example.org\nbob@example.org\ncy@example.org\ncy@example.org\n"
        let counts = try await app.courant.imports.rehearse(app.read(Array(file.utf8))).counts
        #expect(counts == ImportCounts(rows: 3, duplicates: 1, imported: 1, known: 1, blocked: 1))
        #expect(try await app.bringIn(file) == counts)
    }

    @Test func `the basis is the list's, and a source is needed`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        await #expect(throws: Refusal.self) { try await app.read([], basis: .legitimateInterest) }
        await #expect(throws: Refusal.self) { try await app.read([], onto: "partners") }
        for source in ["", "a\r\nb", String(repeating: "x", count: 201)] {
            await #expect(throws: Refusal.self) { try await app.read([], source: source) }
        }
        _ = try await app.courant.lists.close(#require(Slug("news")), by: .host)
        await #expect(throws: Refusal.closed("news")) { try await app.read([]) }
    }
}
