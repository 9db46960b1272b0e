/// A folder's name as it stands in a command: quoted, and in IMAP's own UTF-7 (RFC 3501 §5.1.3).
struct IMAPFolder {
    let quoted: String

    init(_ name: String) {
        var wire = ""
        var foreign: [UInt16] = []
        for scalar in name.unicodeScalars {
            if (0x20...0x7E).contains(scalar.value) {
                wire += Self.shifted(&foreign)
                switch scalar {
                case "&": wire += "&-"
                case "\"", "\\": wire += "\\\(scalar)"
                default: wire.unicodeScalars.append(scalar)
                }
            } else {
                foreign += Array(String(scalar).utf16)
            }
        }
        quoted = "\"\(wire)\(Self.shifted(&foreign))\""
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".unicodeScalars)

    /// `&…-`: UTF-16 in base64 without padding.
    private static func shifted(_ units: inout [UInt16]) -> String {
        guard !units.isEmpty else { return "" }
        defer { units = [] }
        let bits = units.flatMap { unit in (0..<16).reversed().map { unit >> $0 & 1 } }
        var text = "&"
        for start in stride(from: 0, to: bits.count, by: 6) {
            let six = (start..<(start + 6)).reduce(0) { $0 << 1 | ($1 < bits.count ? Int(bits[$1]) : 0) }
            text.unicodeScalars.append(alphabet[six])
        }
        return text + "-"
    }
}
