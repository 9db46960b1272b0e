import ArgumentParser
import CourantAPI

struct PolicyList: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show every version, and how far each one's notice has come.",
        discussion: "EXAMPLES:\n  courant policy ls\n  courant policy ls --json | jq -r '.policies[].version'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().policies()
        try console.show(all, as: all.table(console.page).text(console.page))
        if !console.json, let newest = all.policies.first, newest.notice == nil, all.policies.count > 1 {
            console.note("Nobody was told of version \(newest.version.printable) yet: courant policy notify")
        }
    }
}
