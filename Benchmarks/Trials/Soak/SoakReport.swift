import Foundation

/// How a soak ended.
package struct SoakReport: Sendable {
    package var minutes = 0.0
    /// By kind: how often.
    package var deeds: [String: Int] = [:]
    /// Commands that did not end with 0, by what was said: some of these are right while something is ill.
    package var failedCommands: [String: Int] = [:]
    package var signedUp = 0
    package var confirmed = 0
    package var turnedAway = 0
    package var left = 0
    package var campaigns = 0
    package var mails = 0
    package var duplicates = 0
    package var bound = 0
    /// Resident memory of the service at the beginning and at the end, in bytes.
    package var memory = (first: 0, last: 0)
    /// Whatever must not be.
    package var complaints: [String] = []

    mutating func count(_ deed: SoakDeed) { deeds[deed.kind, default: 0] += 1 }

    mutating func complain(_ count: Int, _ what: String) {
        if count != 0 { complaints.append("\(count) \(what)") }
    }

    package var isGood: Bool { complaints.isEmpty && duplicates <= bound }

    package var text: String {
        let lines = [
            ("minutes", String(format: "%.1f", minutes)),
            ("signed up; confirmed; left, each answered", "\(signedUp); \(confirmed); \(left)"),
            ("were told that their link has ended", "\(turnedAway)"),
            ("campaigns; mails in all", "\(campaigns); \(mails)"),
            ("mails that came twice, each with its Message-ID; bound", "\(duplicates); \(bound)"),
            ("memory of the service, MB: first; last", "\(memory.first >> 20); \(memory.last >> 20)"),
        ]
        let happened = deeds.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, String($0.value)) }
        let failed = failedCommands.sorted { $0.value > $1.value }.map { "- \($0.value)×  \($0.key)" }
        return "| what | count |\n|---|---:|\n"
            + (lines + happened).map { "| \($0.0) | \($0.1) |" }.joined(separator: "\n")
            + (failed.isEmpty ? "" : "\n\nCommands that said no:\n" + failed.joined(separator: "\n"))
            + (complaints.isEmpty
                ? "\n\nNobody lost, nobody wronged."
                : "\n\nWRONG:\n" + complaints.map { "- \($0)" }.joined(separator: "\n"))
    }
}
