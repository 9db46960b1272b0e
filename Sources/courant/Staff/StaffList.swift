import ArgumentParser
import CourantAPI

struct StaffList: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show all logins.",
        discussion: "EXAMPLES:\n  courant staff ls\n  courant staff ls --json | jq -r '.staff[].name'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let all = try await APIClient.current().staff()
        try output.console.show(all, as: all.table(output.console.page).text(output.console.page))
    }
}
