/// `v=DKIM1; k=rsa; p=…`: what signatures, their records and DMARC's are written in (RFC 6376 §3.2).
package struct TagList: Sendable, Equatable {
    package let tags: [(name: String, value: String)]

    /// Nil where it is no tag list, or a tag stands there twice.
    package init?(_ text: String) {
        var tags: [(name: String, value: String)] = []
        var parts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        // The last one may end with a semicolon.
        if let last = parts.last, last.allSatisfy(\.isBlank) { parts.removeLast() }
        for part in parts {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = Self.trimmed(part[..<equals])
            guard Self.isName(name), !tags.contains(where: { $0.name == name }) else { return nil }
            tags.append((name, Self.trimmed(part[part.index(after: equals)...])))
        }
        guard !tags.isEmpty else { return nil }
        self.tags = tags
    }

    package subscript(name: String) -> String? { tags.first { $0.name == name }?.value }

    /// A value's words between colons, in lower case.
    package func words(_ name: String) -> [String]? {
        self[name].map { value in
            value.utf8.split(separator: UInt8(ascii: ":")).map { Self.trimmed($0).lowercased() }
        }
    }

    /// A value in base64, which may be folded.
    package func base64(_ name: String) -> [UInt8]? { self[name].flatMap(Base64.decode) }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        var text = text.drop(while: \.isBlank)
        while text.last?.isBlank == true { text.removeLast() }
        return String(Substring(text))
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first.isLetter else { return false }
        return name.utf8.allSatisfy { $0.isLetter || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }

    package static func == (a: TagList, b: TagList) -> Bool {
        a.tags.elementsEqual(b.tags) { $0.name == $1.name && $0.value == $1.value }
    }
}

extension UInt8 {
    /// Space, tab and what lines end with.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
    var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
