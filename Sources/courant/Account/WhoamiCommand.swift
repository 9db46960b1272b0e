import ArgumentParser
import CourantAPI
import Foundation

struct WhoamiCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami", abstract: "Show who you are, where, and until when.")

    @OptionGroup var output: Output

    func run() async throws {
        let login = try Login.current()
        let me = try await APIClient(login).whoami()
        var facts = KeyValueTable()
        facts.add("Name", me.name.printable)
        facts.add("Role", me.role.printable)
        facts.add("Service", "\(login.url) (Courant \(me.service.printable))")
        facts.add("Public", me.publicURL.printable)
        facts.add("Token", "until \(LocalTime(me.expiresAt)) (\(LocalTime(me.expiresAt).distance))")
        try output.console.show(me, as: facts.text(output.console.page))
    }
}
