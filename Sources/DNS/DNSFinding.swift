/// What was seen of a mail's standing in DNS, and the record to paste where one is missing or wrong.
package struct DNSFinding: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        case well
        /// It works, and could be better.
        case advice
        case wrong
        /// Nobody answered.
        case unknown
    }

    package let subject: String
    package let verdict: Verdict
    package let words: String
    package let record: RecordToPaste?

    package init(_ subject: String, _ verdict: Verdict, _ words: String, record: RecordToPaste? = nil) {
        (self.subject, self.verdict, self.words, self.record) = (subject, verdict, words, record)
    }

    static func unknown(_ subject: String, _ name: String) -> DNSFinding {
        DNSFinding(subject, .unknown, "nobody answers for \(name) just now: that says nothing about what is there")
    }
}

/// A record as a form at a DNS provider asks for it.
package struct RecordToPaste: Sendable, Equatable {
    package let name: String
    /// `TXT`, `MX`.
    package let type: String
    package let value: String

    package init(_ name: String, _ type: String, _ value: String) {
        (self.name, self.type, self.value) = (name, type, value)
    }

    /// As a zone file has it: a text in strings of at most 255 bytes (RFC 1035 §3.3.14), which belong together.
    package var zoneValue: String {
        guard type == "TXT" else { return value }
        var (strings, rest) = ([String](), value.utf8[...])
        repeat {
            let part = String(decoding: rest.prefix(255), as: UTF8.self)
            strings.append("\"\(part.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"")
            rest = rest.dropFirst(255)
        } while !rest.isEmpty
        return strings.joined(separator: " ")
    }
}

extension DNSAnswer {
    /// Behind what is to be changed: others go on with the old one for so long.
    var patience: String {
        guard let seconds = timeToLive, seconds >= 60 else { return "" }
        return " (what is there now is remembered for up to \((seconds + 59) / 60) min)"
    }
}
