/// Something that an editor should know about a campaign before it is sent: what is wrong, where, and what to do.
package struct Finding: Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable { case error, warning }

    /// An error keeps the campaign from being sent.
    package let severity: Severity
    /// In the campaign's file, from 1.
    package let line: Int?
    package let message: String

    package init(_ severity: Severity, line: Int? = nil, _ message: String) {
        self.severity = severity
        self.line = line
        self.message = message
    }

    package var description: String { "\(severity.rawValue): \(line.map { "line \($0): " } ?? "")\(message)" }
}

/// A mail that must not be sent as it is: at least one of the findings is an error.
package struct LintFailure: Error, Sendable, CustomStringConvertible {
    package let findings: [Finding]
    package var description: String { findings.map(\.description).joined(separator: "\n") }
}
