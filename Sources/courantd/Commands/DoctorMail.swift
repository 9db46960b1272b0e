import ArgumentParser
import Foundation
import Mail
import Wiring

struct DoctorMail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Send mails as people get them, and look at what arrives.",
        discussion: """
            Without FILE a newsletter and a confirm mail go through each relay, signed as all mail is, to an address of
            mail.bounce-domain, and come back by bounces.lmtp or bounces.mailbox of the running service. Each is looked at: when it
            came, what was changed on the way, whether its signature holds with the key in DNS, where its bounces would go, what your
            own mail server found, and whether each hop was encrypted. Nobody is subscribed to anything.

            With --to they go to a mailbox of yours. Save each from there as it came ("show original", "download message"),
            and give the FILE. Exit 1 if anything is wrong.

            EXAMPLES:
              courantd doctor mail
              courantd doctor mail --to me@example.com
              courantd doctor mail FILE.eml
            """)

    @Argument(help: "A saved mail, such as FILE.eml, to look at instead; - is standard input.") var file: String?
    @Option(help: "Send them to this mailbox.") var to: String?
    @Option(help: "How many seconds to wait for the relay, and then for what it took to come back.") var within = 120
    @Flag(help: "For programs: one JSON object, as courantd doctor prints it.") var json = false
    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if file != nil, to != nil { throw ValidationError("Give a FILE to look at or --to, not both.") }
        guard (1...86_400).contains(within) else { throw ValidationError("--within is from 1 to 86400 seconds.") }
        if let to, (try? EmailAddress(to)) == nil { throw ValidationError("--to: \"\(to)\" is not a mail address.") }
    }

    func run() async throws {
        if let file { return try await MailExamination(read(file)).look().show(json: json) }
        let (settings, _) = try await options.read()
        let probe = MailProbe(settings) { words in
            FileHandle.standardError.write(Data("… \(words)\n".utf8))
        }
        let limit = Duration.seconds(within)
        let findings =
            if let to { try await probe.send(to: EmailAddress(to), within: limit) } else {
                await probe.goRound(within: limit)
            }
        try findings.show(json: json)
    }

    private func read(_ file: String) throws -> Data {
        do {
            return try file == "-"
                ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(filePath: file))
        } catch {
            note("courantd: \(file) cannot be read: give the file that the mail was saved to.")
            throw ExitCode(1)
        }
    }
}
