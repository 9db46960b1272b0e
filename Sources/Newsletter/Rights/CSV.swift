package import Foundation

extension Export {
    /// The same as in JSON, for people with a spreadsheet: a line for each value, named by its path
    /// (`subscriptions.1.consent.asked_at`). RFC 4180, UTF-8 with the mark by which spreadsheets know it.
    package func csv() throws -> Data {
        var lines = [CSV.line(["field", "value"])]
        CSV.flatten(try JSONSerialization.jsonObject(with: json()), path: []) { path, value in
            lines.append(CSV.line([path.joined(separator: "."), value]))
        }
        return Data([0xEF, 0xBB, 0xBF]) + Data(lines.joined().utf8)
    }
}

/// Comma-separated values that no spreadsheet takes for a formula.
package enum CSV {
    /// One record, with its line end.
    package static func line(_ fields: [String]) -> String {
        fields.map { field($0) }.joined(separator: ",") + "\r\n"
    }

    /// What begins as a formula does gets an apostrophe before it (OWASP, CSV Injection), and what holds a delimiter is
    /// quoted (RFC 4180 §2).
    package static func field(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map(isFormulaSign)
        let safe = isFormula == true ? "'" + text : text
        guard safe.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return safe }
        return "\"" + String(decoding: safe.utf8.flatMap { $0 == 0x22 ? [$0, $0] : [$0] }, as: UTF8.self) + "\""
    }

    static func isFormulaSign(_ scalar: Unicode.Scalar) -> Bool {
        "=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(scalar)
    }

    /// Lists are numbered from 1; members come in the order of their names.
    static func flatten(_ value: Any, path: [String], _ add: ([String], String) -> Void) {
        switch value {
        case let members as [String: Any]:
            for (name, member) in members.sorted(by: { $0.key < $1.key }) { flatten(member, path: path + [name], add) }
        case let items as [Any]:
            for (index, item) in items.enumerated() { flatten(item, path: path + [String(index + 1)], add) }
        case let text as String: add(path, text)
        case let number as NSNumber: add(path, number.stringValue)
        default: add(path, "")
        }
    }
}
