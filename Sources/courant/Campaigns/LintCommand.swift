import ArgumentParser
import CourantAPI

struct LintCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check a campaign file: what would keep it from being sent, what might be better.",
        discussion: """
            EXAMPLES:
              courant lint spring.md
              courant lint spring.md --list news --json

            Ends with 2 where there are errors; warnings do not stop a campaign.
            """)

    @Argument(help: CampaignFile.help)
    var file: CampaignFile

    @Option(name: .long, help: "The list it is meant for; else the file's own.")
    var list: Slug?

    @OptionGroup var output: Output

    func run() async throws {
        let source = CampaignSource(source: try file.read(), list: list?.description)
        let findings = try await APIClient.current().lint(source).findings
        let console = output.console
        if console.json {
            try console.show(LintInfo(findings: findings), as: "")
        } else {
            for finding in findings { console.write(finding.line(of: file.name, in: console.page)) }
        }
        guard findings.errors.isEmpty else {
            throw Failure(
                word: "lint", title: "\(file.name) would not be sent: \(findings.summary)",
                next: "Correct it, then: courant lint \(file.name)", exit: .guarded)
        }
        console.note(
            findings.isEmpty
                ? "\(console.margin.tick) \(file.name) is fine"
                : "\(console.margin.tick) \(file.name): \(findings.summary)")
    }
}
