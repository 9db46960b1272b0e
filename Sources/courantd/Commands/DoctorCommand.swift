import ArgumentParser
import Foundation
import Wiring

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that Courant rests on, and say what to do about what is wrong.",
        discussion: """
            Also while the service runs. Sends no mail, changes nothing. A relay may take its time: what is waited for
            is said on standard error. Exit 1 if anything is wrong.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        let doctor = Doctor(settings) { words in
            FileHandle.standardError.write(Data("… \(words)\n".utf8))
        }
        let findings = await doctor.examine()
        for finding in findings {
            let mark = finding.verdict == .well ? "✓" : "✗"
            print("\(mark) \(finding.subject.padding(toLength: 10, withPad: " ", startingAt: 0)) \(finding.words)")
        }
        if findings.contains(where: { $0.verdict == .wrong }) { throw ExitCode(1) }
    }
}
