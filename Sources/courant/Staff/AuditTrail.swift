import ArgumentParser
import CourantAPI

struct AuditTrail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who did what, and the proof that nobody changed the record.",
        discussion: "EXAMPLES:\n  courant audit tail --limit 20\n  courant audit verify",
        subcommands: [AuditTail.self, VerifyAudit.self])
}

struct AuditTail: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show the newest entries.",
        discussion: """
            EXAMPLES:
              courant audit tail
              courant audit tail --limit 1000 --json | jq '.entries[] | select(.action == "campaign.send")'
              courant audit tail --from 1
            """)

    @Option(name: .long, help: ArgumentHelp("So many: 1 to 1000; else 50.", valueName: "n"))
    var limit = 50

    @Option(name: .long, help: ArgumentHelp("From this entry on, instead of the newest.", valueName: "number"))
    var from: Int64?

    @OptionGroup var output: Output

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is 1 to 1000.") }
        if let from, from < 1 { throw ValidationError("--from is an entry's number: 1 or more.") }
    }

    func run() async throws {
        let console = output.console
        let audit = try await Desk.current().audit(limit: limit, from: from)
        try console.show(audit, as: audit.table().text(console.page))
    }
}

struct VerifyAudit: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove that no entry was edited, added, removed or cut off.",
        discussion: """
            EXAMPLES:
              courant audit verify
              courant audit verify --mark 1204-9f86d081884c7d65

            Ends with 2 where the record was changed, and names the first entry that is not
            as it was written. Note the mark it prints somewhere else: given back later, it
            also shows that an older copy of the database was put back.
            """)

    @Option(name: .long, help: ArgumentHelp("What an earlier run printed.", valueName: "mark"))
    var mark: String?

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let verdict = try await Desk.current().verifyAudit(mark: mark)
        guard verdict.isWhole else {
            if console.json { try console.show(verdict, as: "") }
            throw Failure(
                word: "audit-broken", title: verdict.problem?.printable ?? "The record was changed",
                next:
                    "\(Int(verdict.entries).counted("entry", "entries")) before it can be relied on. Keep a copy of the database, "
                    + "compare it with a backup's, and ask who had access",
                exit: .guarded)
        }
        try console.show(verdict, as: verdict.mark?.printable ?? "")
        console.note(
            "\(console.margin.tick) \(Int(verdict.entries).counted("entry", "entries")), each as it was written. "
                + "Above is the mark: keep it somewhere else.")
    }
}

extension AuditInfo {
    fileprivate func table() -> Table {
        var table = Table(columns: [
            .number("NO."), .text("WHEN"), .text("WHO"), .text("WHAT"), .text("TO"), .text("RESULT"),
        ])
        table.rows = entries.map { entry in
            [
                String(entry.number), "\(Moment(entry.at))", entry.actor.printable, entry.action.printable,
                entry.subject.printable, entry.result.printable,
            ]
        }
        return table
    }
}
