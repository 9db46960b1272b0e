import ArgumentParser
import CourantAPI

struct SendFile: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a newsletter: lint, plan, ask, send, watch.",
        discussion: """
            EXAMPLES:
              courant send spring.md --list news
              courant send spring.md --list news --test me@example.org
              courant send spring.md --list news --at "tomorrow 09:00"
              courant send spring.md --list news --yes --expect-recipients 1200 --json

            Before anything goes out you see what goes to how many, and type their number.
            Without a terminal, --yes and --expect-recipients stand for that. The same
            command again never sends twice: it meets the same campaign. Interrupting it
            while it is watched leaves the campaign running at the service.
            """)

    @Argument(help: CampaignFile.help)
    var file: CampaignFile

    @Option(name: .long, help: "The list's slug; else the file's own.")
    var list: Slug?

    @Option(name: .long, help: ArgumentHelp("First a test mail to this address of yours.", valueName: "address"))
    var test: String?

    @Flag(name: .long, help: "Another campaign, even if this file was sent to this list already.")
    var again = false

    @OptionGroup var options: SendOptions
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try options.check(console)
        let at = try options.date()
        let source = CampaignSource(source: try file.read(), list: list?.description)
        let desk = try Desk.current()
        try await lint(source, desk, console)
        let draft = try await desk.create(source, key: .creating(source, again: again))
        let id = try CampaignID(draft.id)
        try await LiveSend.refuseSecondTime(id, desk)
        if let test {
            try await desk.test(id, TestMail(to: test))
            console.note("\(console.margin.tick) A test is on its way to \(test.printable)")
        }
        try await LiveSend(desk: desk, console: console, options: options, at: at).send(id, digest: nil)
    }

    private func lint(_ source: CampaignSource, _ desk: Desk, _ console: Console) async throws {
        let findings = try await desk.lint(source).findings
        guard findings.errors.isEmpty else {
            throw Failure(
                word: "lint", title: "Nothing was sent: \(file.name) has \(findings.summary)",
                next: "Correct it, then: courant lint \(file.name)", exit: .guarded, findings: findings)
        }
    }
}
