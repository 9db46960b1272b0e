import ArgumentParser
import CourantAPI

struct AuditVerify: OutputCommand {
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
        let verdict = try await APIClient.current().verifyAudit(mark: mark)
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
