import ArgumentParser
import CourantAPI

struct PolicyGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "The published privacy policy, version by version.",
        discussion: """
            EXAMPLES:
              courant policy publish privacy.md --effective 2026-12-01 --material
              courant policy notify
              courant policy ls
            """,
        subcommands: [PublishVersion.self, PolicyVersions.self, NotifyEverybody.self])
}

struct PolicyVersions: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show every version, and how far each one's notice has come.",
        discussion: "EXAMPLES:\n  courant policy ls\n  courant policy ls --json | jq -r '.policies[].version'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await Desk.current().policies()
        try console.show(all, as: all.table(console.page).text(console.page))
        if !console.json, let newest = all.policies.first, newest.notice == nil, all.policies.count > 1 {
            console.note("Nobody was told of version \(newest.version.printable) yet: courant policy notify")
        }
    }
}

struct PublishVersion: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a new version. It never changes again.",
        discussion: """
            The file begins with its version, and goes on in Markdown:

              ---
              version: "2"
              ---
              ## What we store
              …

            It is shown at once as a coming version, and counts from its day on.

            EXAMPLE:
              courant policy publish privacy.md --effective 2026-12-01 --material
            """)

    @Argument(help: ArgumentHelp("The policy: Markdown with front matter. - reads stdin.", valueName: "file"))
    var file: CampaignFile

    @Option(name: .long, help: "The day from which it counts, such as 2026-12-01; today at the earliest.")
    var effective: String?

    @Flag(name: .long, help: "It changes what happens to people's data.")
    var material = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let policy = try await Desk.current()
            .publish(PublishPolicy(source: try file.read(), effective: effective, isMaterial: material))
        try console.report(
            policy,
            as: "\(console.margin.tick) Version \(policy.version.printable) is published and counts from "
                + "\(policy.effective.printable). Tell everybody: courant policy notify")
    }
}

struct NotifyEverybody: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Mail everybody about a version, each address once.",
        discussion: """
            It goes to everybody with an active subscription, in their own language. Interrupting the command changes
            nothing: the service goes on, and so it does after a crash. Look with: courant policy ls

            EXAMPLES:
              courant policy notify
              courant policy notify --version 2 --yes --expect-readers 1200
            """)

    @Option(name: .long, help: "The version; else the newest.")
    var version: String?

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Option(name: .long, help: "Refuse where it would reach others than so many.")
    var expectReaders: Int?

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let desk = try Desk.current()
        let all = try await desk.policies()
        guard let policy = all.newest(version) else {
            throw Failure(
                word: "not-found", title: "There is no such policy version", next: "courant policy ls", exit: .notFound)
        }
        var readers = expectReaders
        if policy.notice == nil, !yes { readers = try ask(policy, all.readers, console) }
        let told = try await desk.notify(policy.version, NotifyPolicy(expectReaders: readers))
        try console.report(told, as: "\(console.margin.tick) \(told.progress). Watch it: courant policy ls")
    }

    private func ask(_ policy: PolicyInfo, _ readers: Int, _ console: Console) throws(Failure) -> Int {
        guard console.hasPerson else {
            throw .noTerminal(
                "Nobody was told: there is no terminal to ask on",
                next: "courant policy notify --yes --expect-readers \(readers)")
        }
        console.ask(
            "Version \(policy.version.printable), which counts from \(policy.effective.printable), will be announced to "
                + "\(readers.counted("address", "addresses")).\n")
        guard Prompt(console: console).agrees("Send it?") else { throw .declined("Nobody was told") }
        return readers
    }
}

extension PoliciesInfo {
    /// The one published last, or the one that was named.
    fileprivate func newest(_ version: String?) -> PolicyInfo? {
        version.map { version in policies.first { $0.version == version } }
            ?? policies.max { $0.publishedAt < $1.publishedAt }
    }

    fileprivate func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("VERSION"), .text("COUNTS FROM"), .text("STATE"), .text("MATERIAL"), .text("PUBLISHED"),
            .text("NOTICE"),
        ])
        table.rows = policies.map { policy in
            [
                policy.version.printable, policy.effective.printable, policy.state.printable,
                policy.isMaterial ? "yes" : "no", "\(Moment(policy.publishedAt))", policy.progress,
            ]
        }
        return table
    }
}

extension PolicyInfo {
    /// `told 118 of 120`
    fileprivate var progress: String {
        guard let notice else { return "-" }
        let told = "\(notice.progress.accepted.grouped) of \(notice.progress.recipients.grouped)"
        return switch notice.state {
        case "sent": "told \(told)"
        case "sending": "telling, \(told)"
        default: "\(notice.state.printable) at \(told) (campaign \(notice.id.printable))"
        }
    }
}
