import ArgumentParser
import CourantAPI

struct AuditTail: OutputCommand {
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
        let audit = try await APIClient.current().audit(limit: limit, from: from)
        try console.show(audit, as: audit.table().text(console.page))
    }
}
