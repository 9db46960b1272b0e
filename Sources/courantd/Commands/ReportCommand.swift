import ArgumentParser
import Foundation
import Wiring

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Hand a mail that came back to the running service.",
        discussion: """
            Reads the mail on standard input: for a pipe of Postfix, procmail or sieve. Needs bounces.lmtp.

            EXAMPLE (in Postfix' master.cf):
              courant unix - n n - - pipe user=courant argv=courantd report --sender ${sender} --recipient ${recipient}

            Exit codes are sysexits': 0 taken, 65 no mail, 75 try again later (the service or its database is away),
            78 bounces.lmtp is not set.
            """)

    @Option(help: ArgumentHelp("The envelope's sender; empty for a bounce.", valueName: "address")) var sender: String?
    @Option(help: ArgumentHelp("To whom it was sent; as a rule the tag stands there.", valueName: "address"))
    var recipient: String?
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        guard let place = settings.bouncesLMTP else {
            note(
                "courantd: bounces.lmtp is not set: the service listens for no reports. Set it, e.g. to 127.0.0.1:2424")
            throw ExitCode(78)
        }
        let mail = try FileHandle.standardInput.read(upToCount: 10 * 1024 * 1024) ?? Data()
        guard !mail.isEmpty else {
            note("courantd: There is no mail on standard input: courantd report < mail")
            throw ExitCode(65)
        }
        switch await Courant.report(Array(mail), from: sender, to: recipient, at: place) {
        case .taken: return
        case .later:
            note("courantd: Nobody took it at \(place): it is to be tried again.")
            throw ExitCode(75)
        case .refused:
            note("courantd: It was refused at \(place): its sender or recipient is no address.")
            throw ExitCode(65)
        }
    }
}
