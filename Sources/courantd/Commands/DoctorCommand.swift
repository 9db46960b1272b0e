import ArgumentParser
import DNS
import Foundation
import Wiring

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything that Courant rests on, and say what to do about what is wrong.",
        discussion: """
            Also while the service runs. Sends no mail, changes nothing. A relay may take its time: what is waited for
            is said on standard error. DNS is asked as receivers of your mails ask it; a record that is missing or wrong is
            printed as it is to be entered.

            ✓ well, ! works and could be better, ? could not be looked at, ✗ wrong. Exit 1 if anything is wrong.
            --json: {"well", "findings": [{"subject", "verdict", "words", "record": {"name", "type", "value"}}]}; verdict is well,
            advice, unknown or wrong; record is null where there is nothing to enter.
            """, subcommands: [DoctorMail.self])

    @Flag(help: "For programs: one JSON object.") var json = false
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let (settings, _) = try await options.read()
        let doctor = Doctor(settings) { words in
            FileHandle.standardError.write(Data("… \(words)\n".utf8))
        }
        try await doctor.examine().show(json: json)
    }
}

extension [Doctor.Finding] {
    /// Prints them, and ends with 1 where anything is wrong.
    func show(json: Bool) throws {
        if json { try printJSON() } else { forEach(Self.print) }
        if contains(where: { $0.verdict == .wrong }) { throw ExitCode(1) }
    }

    private static func print(_ finding: Doctor.Finding) {
        let margin = String(repeating: " ", count: 13)
        Swift.print(
            "\(finding.verdict.mark) \(finding.subject.padding(toLength: 10, withPad: " ", startingAt: 0)) \(finding.words)"
        )
        guard let record = finding.record else { return }
        Swift.print(
            "\(margin)name   \(record.name)\n\(margin)type   \(record.type)\n\(margin)value  \(record.zoneValue)")
    }

    private func printJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(FindingsReport(self)), as: UTF8.self))
    }
}

/// The shape that programs read.
private struct FindingsReport: Encodable {
    struct Line: Encodable {
        let finding: Doctor.Finding

        enum CodingKeys: CodingKey {
            case subject, verdict, words, record
        }

        enum RecordKeys: CodingKey {
            case name, type, value
        }

        func encode(to encoder: any Encoder) throws {
            var line = encoder.container(keyedBy: CodingKeys.self)
            try line.encode(finding.subject, forKey: .subject)
            try line.encode(finding.verdict.rawValue, forKey: .verdict)
            try line.encode(finding.words, forKey: .words)
            guard let found = finding.record else { return try line.encodeNil(forKey: .record) }
            var record = line.nestedContainer(keyedBy: RecordKeys.self, forKey: .record)
            try record.encode(found.name, forKey: .name)
            try record.encode(found.type, forKey: .type)
            try record.encode(found.value, forKey: .value)
        }
    }

    let well: Bool
    let findings: [Line]

    init(_ findings: [Doctor.Finding]) {
        well = !findings.contains { $0.verdict == .wrong }
        self.findings = findings.map(Line.init)
    }
}

extension Doctor.Finding.Verdict {
    fileprivate var mark: String {
        switch self {
        case .well: "✓"
        case .advice: "!"
        case .unknown: "?"
        case .wrong: "✗"
        }
    }
}
