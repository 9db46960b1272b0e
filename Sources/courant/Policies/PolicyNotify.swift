import ArgumentParser
import CourantAPI

struct PolicyNotify: OutputCommand {
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
        let client = try APIClient.current()
        let all = try await client.policies()
        guard let policy = all.newest(version) else {
            throw Failure(
                word: "not-found", title: "There is no such policy version", next: "courant policy ls", exit: .notFound)
        }
        var readers = expectReaders
        if policy.notice == nil, !yes { readers = try ask(policy, all.readers, console) }
        let told = try await client.notify(policy.version, NotifyPolicy(expectReaders: readers))
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
