import ArgumentParser
import Foundation
import Wiring

struct DoctorMail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Look at a mail that came: what is signed, and whether it holds.",
        discussion: """
            Send a test to a mailbox of yours (courant campaign test), and save it from there as it came ("show original",
            "download message"). It is verified as its receivers would, with the keys in DNS. Exit 1 if anything is wrong.
            """)

    @Argument(help: "The saved mail, such as FILE.eml; - is standard input.") var file: String
    @Flag(help: "For programs: one JSON object, as courantd doctor prints it.") var json = false

    func run() async throws {
        let mail: Data
        do {
            mail =
                try file == "-"
                ? FileHandle.standardInput.readToEnd() ?? Data() : Data(contentsOf: URL(filePath: file))
        } catch {
            note("courantd: \(file) cannot be read: give the file that the mail was saved to.")
            throw ExitCode(1)
        }
        try await MailExamination(mail).look().show(json: json)
    }
}
