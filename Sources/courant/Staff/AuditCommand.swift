import ArgumentParser
import CourantAPI

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who did what, and the proof that nobody changed the record.",
        discussion: "EXAMPLES:\n  courant audit tail --limit 20\n  courant audit verify",
        subcommands: [AuditTail.self, AuditVerify.self])
}

extension AuditInfo {
    func table() -> Table {
        var table = Table(columns: [
            .number("NO."), .text("WHEN"), .text("WHO"), .text("WHAT"), .text("TO"), .text("RESULT"),
        ])
        table.rows = entries.map { entry in
            [
                String(entry.number), "\(LocalTime(entry.at))", entry.actor.printable, entry.action.printable,
                entry.subject.printable, entry.result.printable,
            ]
        }
        return table
    }
}
