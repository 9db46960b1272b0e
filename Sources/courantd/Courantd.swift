import ArgumentParser
import CProcess

/// The service and the host's own commands. What staff do from anywhere is `courant`.
@main
struct Courantd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "courantd",
        abstract: "The newsletter service that keeps its privacy policy's word.",
        discussion: """
            Try it:          courantd demo
            In earnest:      courantd setup && courantd serve
            A staff login:   courantd staff add Eva --role sender
            """,
        subcommands: [
            Serve.self, DemoCommand.self, SetupCommand.self, StaffCommand.self, RetentionCommand.self,
            BackupCommand.self, UpgradeCommand.self,
            RestoreCommand.self, MoveCommand.self, KeysCommand.self, ConfigCommand.self, DoctorCommand.self,
            DKIMCommand.self, PromisesCommand.self, ReportCommand.self, DestroyCommand.self,
            Version.self,
        ])

    static func main() async {
        courant_report_crashes()
        await main(nil)
    }
}

/// Where the settings are.
struct SettingsOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: "The settings file. Default: $COURANT_CONFIG, config/courant.yaml, or /etc/courant/courant.yaml.")
    var file: String?
}
