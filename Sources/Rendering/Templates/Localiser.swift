internal import Mail

/// Replaces `[[key]]` by one language's strings.
struct Localiser {
    enum Target {
        /// Escape the string, except for its Mustache tags.
        case html
        /// As it stands: Markdown, or plain text.
        case markdown
    }

    let locales: Locales
    let language: Language
    let target: Target

    func localise(_ source: String, file: String, _ problems: inout ProblemList) -> String {
        let bytes = Array(source.utf8)
        var output: [UInt8] = []
        var rest = bytes[...]
        while let open = rest.place(of: Array("[[".utf8)),
            let close = rest[open.upperBound...].place(of: Array("]]".utf8))
        {
            let name = rest[open.upperBound..<close.lowerBound]
            guard Self.isKey(name) else {
                output += rest[..<open.upperBound]
                rest = rest[open.upperBound...]
                continue
            }
            output += rest[..<open.lowerBound]
            let key = String(decoding: name, as: UTF8.self)
            if let text = locales.text(key, language) {
                output += inserted(text)
            } else {
                let line = bytes[..<open.lowerBound].count { $0 == 0x0A } + 1
                problems.add(file, line, "[[\(key)]]: locales/\(language).yaml has no such key")
            }
            rest = rest[close.upperBound...]
        }
        return String(decoding: output + rest, as: UTF8.self)
    }

    /// `[[x]]` is a key if x is of letters, digits, dots, hyphens and underscores; anything else is text.
    private static func isKey(_ name: ArraySlice<UInt8>) -> Bool {
        !name.isEmpty
            && name.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._-".utf8.contains(byte)
                }
            }
    }

    private func inserted(_ text: String) -> [UInt8] {
        guard target == .html else { return Array(text.utf8) }
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let open = rest.place(of: Array("{{".utf8)),
            let close = rest[open.upperBound...].place(of: Array("}}".utf8))
        {
            HTMLEscaping.append(rest[..<open.lowerBound], to: &output)
            output += rest[open.lowerBound..<close.upperBound]
            rest = rest[close.upperBound...]
        }
        HTMLEscaping.append(rest, to: &output)
        return output
    }
}
