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
            service runs; where it takes a person, it is one who does not exist and is never written to, and whom no list, \
            count, register, audit or ledger shows.

            proven: Courant has just shown it. seen: looked at as far as software can see, and what was not looked at.
            yours to answer for: a person's word, and what that person must do. not yet: there is nothing to look at before \
            something has been done. broken: what is wrong, and what to do about it.

            --json: {"kept", "promises": [{"id", "sentence", "check", "required", "kept", "verdict", "evidence", \
            "remainder"}]}; verdict is proven, seen, yours, not-yet or broken; kept is false for broken alone; remainder is \
            what was not looked at or is to do, or null.
            Exit 0: none is broken; 2: one is broken; 1: they could not be looked at.
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
            print("\(check.name)\(takes): \(check.reaches.words)\n    \(check.looksAt)")
        }
    }

    private func printTable(_ findings: [PromiseFinding]) {
        let width = findings.map { $0.promise.id.count }.max() ?? 0
        let margin = String(repeating: " ", count: width + 4)
        for finding in findings {
            let (promise, evidence) = (finding.promise, finding.evidence)
            let id = promise.id.padding(toLength: width, withPad: " ", startingAt: 0)
            print("\(evidence.verdict.mark) \(id)  \(promise.sentence)")
            print("\(margin)\(evidence.verdict.words): \(evidence.words)")
            switch evidence {
            case .seen(_, let unseen): print("\(margin)not looked at: \(unseen)")
            case .yours(_, let toDo): print("\(margin)to do: \(toDo)")
            case .proven, .notYet, .broken: break
            }
            print("")
        }
        print(summary(findings))
    }

    /// How many of each; the broken ones by name.
    private func summary(_ findings: [PromiseFinding]) -> String {
        let counts = PromiseVerdict.allCases.compactMap { verdict in
            let count = findings.count { $0.evidence.verdict == verdict }
            return count == 0 ? nil : "\(count) \(verdict.words)"
        }
        let broken = findings.filter(\.evidence.isBroken).map(\.promise.id).joined(separator: ", ")
        return "\(findings.count) promises: \(counts.joined(separator: ", "))\(broken.isEmpty ? "" : ": \(broken)")."
    }

    private func printJSON(_ findings: [PromiseFinding]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(Report(findings)), as: UTF8.self))
    }

    /// The shape that programs read. `remainder` is null where nothing is left for people.
    private struct Report: Encodable {
        struct Line: Encodable {
            let id: String
            let sentence: String
            let check: String
            let required: Bool
            let kept: Bool
            let verdict: String
            let evidence: String
            let remainder: String?

            enum CodingKeys: CodingKey {
                case id, sentence, check, required, kept, verdict, evidence, remainder
            }

            func encode(to encoder: any Encoder) throws {
                var line = encoder.container(keyedBy: CodingKeys.self)
                try line.encode(id, forKey: .id)
                try line.encode(sentence, forKey: .sentence)
                try line.encode(check, forKey: .check)
                try line.encode(required, forKey: .required)
                try line.encode(kept, forKey: .kept)
                try line.encode(verdict, forKey: .verdict)
                try line.encode(evidence, forKey: .evidence)
                try line.encode(remainder, forKey: .remainder)
            }
        }

        let kept: Bool
        let promises: [Line]

        init(_ findings: [PromiseFinding]) {
            kept = !findings.contains(where: \.evidence.isBroken)
            promises = findings.map { finding in
                let (promise, evidence) = (finding.promise, finding.evidence)
                return Line(
                    id: promise.id, sentence: promise.sentence, check: promise.check, required: promise.isRequired,
                    kept: !evidence.isBroken, verdict: evidence.verdict.rawValue, evidence: evidence.words,
                    remainder: evidence.remainder)
            }
        }
    }
}

extension PromiseVerdict {
    fileprivate var mark: String {
        switch self {
        case .proven: "✓"
        case .seen: "◦"
        case .yours: "?"
        case .notYet: "·"
        case .broken: "✗"
        }
    }

    fileprivate var words: String {
        switch self {
        case .proven: "proven"
        case .seen: "seen"
        case .yours: "yours to answer for"
        case .notYet: "not yet"
        case .broken: "broken"
        }
    }
}
