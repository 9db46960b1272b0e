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
              courant send spring.md --list news --grace 60s
              courant send spring.md --list news --at "tomorrow 09:00"
              courant send spring.md --list news --yes --expect-recipients 1200 --json

            Before anything goes out you see what goes to how many, and type their number.
            Without a terminal, --yes and --expect-recipients stand for that. The same
            command again never sends twice: it meets the same campaign. A file that was
            changed since is still that campaign while nothing of it has gone out: you are
            asked whether to replace it (--replace says so beforehand). Interrupting it
            while it is watched leaves the campaign running at the service.

            With --test the one mail is all that is sent: nobody else gets anything before
            the command is given again without it.
            """)

    @Argument(help: CampaignFile.help)
    var file: CampaignFile

    @Option(name: .long, help: "The list's slug; else the file's own.")
    var list: Slug?

    @Option(
        name: .long, help: ArgumentHelp("A test mail to this address of yours, and nothing else.", valueName: "address")
    )
    var test: String?

    @Flag(name: .long, help: "Another campaign, even if this file was sent to this list already.")
    var again = false

    @Flag(name: .long, help: "Replace the text of the campaign that this file is already, without asking.")
    var replace = false

    @OptionGroup var options: SendOptions
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        if test == nil { try options.check(console) }
        let at = try options.date()
        let source = CampaignSource(source: try file.read(), list: list?.description, file: file.shortName)
        let client = try APIClient.current()
        try await lint(source, client, console)
        let met = try await SameFile(client: client, console: console, replace: replace).campaign(source, again: again)
        if let test {
            try await Trial(client: client, console: console).send(met.id, to: test)
            return console.note("Nobody else got anything. To everybody: the same command without --test")
        }
        try await LiveSend.refuseSecondTime(met.id, client)
        var sending = LiveSend(client: client, console: console, options: options, at: at)
        sending.unscheduled = met.unscheduled
        try await sending.send(met.id, digest: nil)
    }

    func validate() throws {
        guard test != nil,
            options.yes || options.at != nil || options.expectRecipients != nil || options.noWait
                || options.grace != nil
        else {
            return
        }
        throw ValidationError(
            "--test sends the test mail alone: leave out --yes, --at, --expect-recipients, --grace and --no-wait, or leave out --test."
        )
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
