import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct PromisesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promises",
        abstract: "Show, sentence by sentence, whether this installation keeps the policy's word.",
        discussion: """
            config/promises.yaml maps each sentence to a check. Each is made on this installation as it is, also while the
            service runs; where it takes a person, it is one who does not exist and is never written to.
            Exit 0: all are kept; 2: one is broken; 1: they could not be looked at.
            """)

    @Flag(help: "For programs: one JSON object.") var json = false
    @Flag(help: "List the checks that a promise can name, and end.") var checks = false
    @OptionGroup var options: SettingsOptions

    func run() async throws {
        if checks { return listChecks() }
        let (settings, _) = try await options.read()
        try await exiting {
            let findings = try await Courant.inspectPromises(settings)
            if json { try printJSON(findings) } else { printTable(findings) }
            if findings.contains(where: \.evidence.isBroken) { throw ExitCode(2) }
        }
    }

    private func listChecks() {
        for check in PromiseCheck.all {
            let takes =
                check.parameters.isEmpty ? "" : " (with: \(check.parameters.keys.sorted().joined(separator: ", ")))"
            print("\(check.name)\(takes)\n    \(check.looksAt)")
        }
    }

    private func printTable(_ findings: [PromiseFinding]) {
        let width = findings.map { $0.promise.id.count }.max() ?? 0
        for finding in findings {
            let mark =
                switch finding.evidence {
                case .kept: "✓"
                case .notYet: "·"
                case .broken: "✗"
                }
            let id = finding.promise.id.padding(toLength: width, withPad: " ", startingAt: 0)
            print("\(mark) \(id)  \(finding.promise.sentence)")
            print("  \(String(repeating: " ", count: width))  → \(finding.evidence.words)\n")
        }
        let broken = findings.filter(\.evidence.isBroken)
        let waiting = findings.count { if case .notYet = $0.evidence { true } else { false } }
        if !broken.isEmpty {
            let names = broken.map(\.promise.id).joined(separator: ", ")
            print("\(broken.count) of \(findings.count) promises are broken: \(names)")
        } else if waiting > 0 {
            print("No promise is broken; \(waiting) of \(findings.count) cannot be looked at yet.")
        } else {
            print("All \(findings.count) promises are kept.")
        }
    }

    private func printJSON(_ findings: [PromiseFinding]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let report = Report(
            kept: !findings.contains(where: \.evidence.isBroken),
            promises: findings.map {
                Report.Line(
                    id: $0.promise.id, sentence: $0.promise.sentence, check: $0.promise.check,
                    required: $0.promise.isRequired, kept: !$0.evidence.isBroken, evidence: $0.evidence.words)
            })
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }

    /// The shape that programs read.
    private struct Report: Encodable {
        struct Line: Encodable {
            let id: String
            let sentence: String
            let check: String
            let required: Bool
            let kept: Bool
            let evidence: String
        }

        let kept: Bool
        let promises: [Line]
    }
}
