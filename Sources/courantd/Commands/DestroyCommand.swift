import ArgumentParser
import SQLStore
import Wiring

struct DestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Delete everything that this installation keeps, for good.",
        discussion: """
            The key file goes first: without it, no copy of the database can be read any more, wherever it is, unless
            there is a copy of the key file. Then the database, the ledger and what was set aside. Settings, templates
            and the policy stay. The service must be stopped. At a terminal the number of subscriptions is asked for;
            without one: --yes --expect N.
            """)

    @Flag(help: "Do not ask; needs --expect.") var yes = false
    @Option(help: ArgumentHelp("How many subscriptions there are.", valueName: "n")) var expect: Int?
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        guard yes == (expect != nil) else { throw ValidationError("--yes and --expect go together.") }
    }

    func run() async throws {
        let (settings, _) = try await options.read()
        try await exiting {
            let count = try Courant.upgradeForecast(settings)?.rows["subscription"] ?? 0
            note("To be destroyed: \(settings.store), with \(count) \(count == 1 ? "subscription" : "subscriptions"),")
            note("its keys (\(settings.keysFile)) and its ledger (\(settings.ledger)). There is no way back.")
            guard agreed(to: count) else {
                note("Nothing was destroyed.")
                throw ExitCode(2)
            }
            try Courant.destroy(settings)
            print("Destroyed. Copies of the key file that are elsewhere still open older backups: destroy them too.")
        }
    }

    private func agreed(to count: Int) -> Bool {
        if let expect { return expect == count }
        guard Keyboard.isThere else { return false }
        Keyboard.say("Type the number of subscriptions to destroy them: ")
        return readLine() == String(count)
    }
}
