/// Comma-separated values that no spreadsheet takes for a formula, and that lose nothing on the way there and back.
package enum SafeCSV {
    /// One record, with its line end (RFC 4180).
    package static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

    /// What begins as a formula does gets an apostrophe before it (OWASP, CSV Injection); so does what begins with one, so that
    /// each can be taken off again.
    package static func field(_ text: String) -> String {
        let isMarked = text.unicodeScalars.first.map {
            "'=+-@\t\r\n\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains($0)
        }
        let safe = isMarked == true ? "'" + text : text
        guard safe.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
