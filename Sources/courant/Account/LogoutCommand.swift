import ArgumentParser
import CourantAPI
import Foundation

struct LogoutCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the token on this computer.",
        discussion: "The token itself stays valid until it expires or is revoked.")

    @OptionGroup var output: Output

    func run() async throws {
        let existed = try Login.forget()
        output.console.note(existed ? "Signed out: \(Login.file) is gone." : "You were not signed in.")
        if ProcessInfo.processInfo.environment["COURANT_TOKEN"] != nil {
            output.console.note("COURANT_TOKEN is still set in this shell.")
        }
    }
}
