import ArgumentParser
import CourantAPI
import Foundation
import PeopleFiles

struct SubscriberImport: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put the people of a file on a list.",
        discussion: """
            The file is taken as it comes from Mailchimp, Brevo, HubSpot, listmonk, Keila, Mailman, Sendy, Ghost, Buttondown,
            another Courant, or a spreadsheet whose first line names the columns: email, and if you have them name (or first
            and last name), language, last_contact and, where the list asks for it, company. What it was taken for is said; only
            who is subscribed is imported; other columns never leave this computer. Any size. One bad line, and nothing is imported, unless you say --skip-bad.
            Addresses that are on the list already, or asked never to be written to, are passed over; the same file twice changes
            nothing.

            On a list of basis consent everybody must confirm by mail first. On one of basis legitimate-interest, the
            first mail says where you have the address from, and how to leave.

            Who has consented elsewhere, in a way that you can show, need not be asked again: --confirmed, with the day of
            each consent in the column confirmed_at (or --confirmed-at), and --evidence: where it was given, and the
            wording or where that is kept. They read it on their privacy page. It is no place for names or addresses.
            With --announce each gets one mail, twenty a second: that the list has moved, and how to leave.

            EXAMPLES:
              courant subscriber import fair.csv --list news --basis consent --source "Our stand at Nor-Fishing 2026" --dry-run
              courant subscriber import register.csv --list partners --basis legitimate-interest \\
                --source "the public register of companies" --class prospect
              courant subscriber import people.csv --list news --basis consent --confirmed \\
                --source "our newsletter at Mailchimp" \\
                --evidence "Form on example.org/news with double opt-in; wording and export: archive 2026-114"
            """)

    @Argument(help: "The file.", completion: .file(extensions: ["csv", "txt", "tsv"]))
    var file: String

    @Option(name: .long, help: "The list's slug.")
    var list: Slug

    @Option(name: .long, help: "Why the law lets you write to them.")
    var basis: ListCreate.Basis

    @Option(name: .long, help: "Where the addresses come from, in words that their owners will read.")
    var source: String

    @Option(name: .customLong("class"), help: "What they are to you: decides how long they are kept.")
    var kind = SubscriberClass.subscriber

    @Flag(name: .long, help: "They have consented elsewhere; needs --evidence.")
    var confirmed = false

    @Option(name: .long, help: "Where they consented, and to which wording or where it is kept; they will read it.")
    var evidence: String?

    @Flag(name: .long, help: "With --confirmed: tell each by mail that the list has moved here, and how to leave.")
    var announce = false

    @Option(
        name: .long,
        help: ArgumentHelp("For lines that name no day: when they consented, 2026-03-01.", valueName: "day"))
    var confirmedAt: String?

    @Flag(name: .long, help: "Only look: nothing is kept and nobody is written to.")
    var dryRun = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The column that has the day of the consent, where it is called otherwise.", valueName: "column"))
    var consentDayIn: String?

    @OptionGroup var options: FileOptions
    @OptionGroup var agreement: CountAgreement
    @OptionGroup var output: Output

    func validate() throws {
        guard confirmed == (evidence != nil) else {
            throw ValidationError("--confirmed and --evidence go together: say where they consented and what shows it.")
        }
        guard confirmed || confirmedAt == nil else {
            throw ValidationError("--confirmed-at is for --confirmed: else everybody is asked now.")
        }
        guard confirmed || !announce else {
            throw ValidationError("--announce is for --confirmed: else everybody gets a mail anyhow.")
        }
        guard confirmed || consentDayIn == nil else {
            throw ValidationError("--consent-day-in is for --confirmed: else everybody is asked now.")
        }
    }

    func run() async throws {
        var file = try PeopleFile(self.file, options, for: purpose, dayColumn: consentDayIn)
        if file.mayHaveCompany, try await APIClient.current().list(list).asksCompany == true { try file.useCompany() }
        file.describe(output.console)
        try file.settle(output.console, isHarmless: dryRun)
        let sending = ImportSending(
            client: try APIClient.current(), file: file, order: order, skipsBad: options.skipBad,
            console: output.console)
        if dryRun { return try show(await sending.rehearse()) }
        switch try await sending.send() {
        case .taken(let before):
            output.console.note(
                "The same file was taken on \(LocalTime(before)): nothing of it is imported again. As it stands now:")
            var now = try await sending.rehearse()
            (now.takenAt, now.imported) = (before, 0)
            try show(now)
        case .staged(let staged, let id):
            try await agree(staged, id, sending)
            try await finish(sending.client.accept(id, expecting: staged.rows), sending.client)
        }
    }

    private var purpose: PeopleParts.Purpose {
        confirmed ? .moving : basis.rawValue == "consent" ? .asking : .telling
    }

    private var order: UploadOrder {
        UploadOrder(
            list: list.description, basis: basis.rawValue, source: source, class: kind.rawValue,
            confirmed: confirmed ? true : nil, evidence: evidence, confirmedAt: confirmedAt,
            skipBad: options.skipBad ? true : nil, announce: announce ? true : nil)
    }

    private func agree(_ staged: ImportInfo, _ id: UploadID, _ sending: ImportSending) async throws {
        do throws(Failure) {
            guard staged.rows > 0 else {
                throw .declined("There is nobody in the file who could be imported")
            }
            try agreement.ask(
                staged.rows, output.console, about: staged.summary(output.console.margin), verb: "import them",
                isNeeded: confirmed)
        } catch {
            try await sending.client.abandon("uploads/\(id)")
            throw error
        }
    }

    private func finish(_ accepted: ImportInfo, _ client: APIClient) async throws {
        guard accepted.state != "proposed" else {
            return try output.console.report(accepted, as: accepted.proposal)
        }
        output.console.note(
            "The file is taken: \(accepted.rows.counted("address", "addresses")). What is new in it is put on the list, whatever becomes of this command."
        )
        try show(await client.wait(for: accepted))
    }

    private func show(_ done: ImportInfo) throws {
        try output.console.show(done, as: done.facts.text(output.console.page))
        if done.imported > 0, !confirmed { output.console.note(done.warning) }
    }
}

struct SubscriberApprove: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Agree to an import of people who have consented elsewhere.",
        discussion: """
            Where two must agree, whoever brought the file cannot put its people on the list alone. Look at the
            evidence, and that it is for so many people.

            EXAMPLES:
              courant subscriber approve 12
              courant subscriber approve 12 --yes --expect-rows 1204
            """)

    @Argument(help: "The upload's number.") var id: UploadID
    @OptionGroup var agreement: CountAgreement
    @OptionGroup var output: Output

    func run() async throws {
        let (client, console) = (try APIClient.current(), output.console)
        let waiting = try await client.look(id)
        try agreement.ask(
            waiting.rows, console, about: waiting.summary(console.margin), verb: "agree", isNeeded: true)
        let done = try await client.wait(for: client.approve(id, expecting: waiting.rows))
        try console.show(done, as: done.facts.text(console.page))
    }
}

extension APIClient {
    /// Until everybody is on the list.
    func wait(for accepted: ImportInfo) async throws -> ImportInfo {
        var done = accepted
        while !done.isOver {
            try await Task.sleep(for: .milliseconds(300))
            done = try await imported(UploadID(done.id))
        }
        return done
    }
}

extension ImportInfo {
    private var words: String {
        if evidence != nil { return "with the consent that they gave elsewhere" }
        return basis == "consent" ? "asked by mail whether they want it" : "told by mail where their address is from"
    }

    var facts: KeyValueTable {
        var facts = KeyValueTable()
        let done = ["rehearsed", "reading"].contains(state) ? "would be \(words)" : words
        facts.add("List", list.printable)
        if let evidence { facts.add("Evidence", evidence.printable) }
        facts.add("New", takenAt == nil ? "\(imported.grouped) \(done)" : "0")
        facts.add("On it already", known.grouped + (waiting.map { ", \($0)" } ?? ""))
        if takenAt != nil { facts.add("Not on it any more", max(0, rows - known - blocked).grouped) }
        facts.add("Want no mail", "\(blocked.grouped) passed over")
        facts.add("Twice in the file", duplicates.grouped)
        if invalid > 0 { facts.add("Bad lines", "\(invalid.grouped) left out") }
        return facts
    }

    /// Before somebody types the number.
    func summary(_ style: Style) -> String { facts.text(style) + "\n\n" }

    /// What comes next where two must agree.
    var proposal: String {
        let names = (approvers ?? []).prefix(5).map(\.printable).joined(separator: ", ")
        return """
            \(rows.counted("address", "addresses")) wait for a second person, for a week. \
            \(names.isEmpty ? "Nobody else may agree yet: an administrator adds a login with the role privacy." : "May agree: \(names).")
              courant subscriber approve \((id ?? "").printable)
            """
    }

    /// Who is on it already, and is not written to yet.
    private var waiting: String? {
        guard let pending, pending > 0 else { return nil }
        return basis == "consent"
            ? "\(pending.grouped) of them asked before and still to confirm"
            : "\(pending.grouped) of them still to be told"
    }

    /// What nobody can know of a file.
    var warning: String {
        let who = basis == "consent" ? "this list" : "a list of basis consent"
        return """
            Who left \(who) before was deleted and cannot be recognised in a file. If some of them stand in this one, \
            take them out first, by the other tool’s list of those who left. Each mail says that you imported a file, from \
            where and when, and lets them choose never to hear from you again.
            """
    }
}
