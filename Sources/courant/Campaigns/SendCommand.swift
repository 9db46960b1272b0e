import ArgumentParser
import CourantAPI

struct SendCommand: OutputCommand {
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
            command again never sends twice: it meets the same campaign. A file that was
            changed since is still that campaign while nothing of it has gone out: you are
            asked whether to replace it (--replace says so beforehand). Interrupting it
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

    @Flag(name: .long, help: "Replace the text of the campaign that this file is already, without asking.")
    var replace = false

    @OptionGroup var options: SendOptions
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try options.check(console)
        let at = try options.date()
        let source = CampaignSource(source: try file.read(), list: list?.description, file: file.shortName)
        let client = try APIClient.current()
        try await lint(source, client, console)
        let id = try await SameFile(client: client, console: console, replace: replace).campaign(source, again: again)
        try await LiveSend.refuseSecondTime(id, client)
        if let test {
            try await client.test(id, TestMail(to: test))
            console.note("\(console.margin.tick) A test is on its way to \(test.printable)")
        }
        try await LiveSend(client: client, console: console, options: options, at: at).send(id, digest: nil)
    }

    private func lint(_ source: CampaignSource, _ client: APIClient, _ console: Console) async throws {
        let findings = try await client.lint(source).findings
        guard findings.errors.isEmpty else {
            throw Failure(
                word: "lint", title: "Nothing was sent: \(file.name) has \(findings.summary)",
                next: "Correct it, then: courant lint \(file.name)", exit: .guarded, findings: findings)
        }
    }
}
