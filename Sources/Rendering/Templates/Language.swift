/// A language that our texts may be in: an ISO 639 code in lower case. Norwegian (`no`) and Nynorsk (`nn`) readers get
/// Bokmål, which is what we have for them.
package struct Language: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let code: String

    /// From a code or a tag such as `nb-NO`; nil if it is neither.
    package init?(_ tag: String) {
        guard tag.utf8.count <= 35 else { return nil }
        guard let primary = tag.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).first else {
            return nil
        }
        let code = String(Substring(primary)).lowercased()
        guard (2...3).contains(code.utf8.count),
            code.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return nil }
        self.code = code == "no" || code == "nn" ? "nb" : code
    }

    package var description: String { code }
    package static func < (a: Language, b: Language) -> Bool { a.code < b.code }

    /// The language among ours that a visitor's browser asks for most (RFC 9110 §12.5.4), or nil if it asks for none.
    package static func preferred(acceptLanguage header: String, among ours: [Language]) -> Language? {
        var best: (language: Language, weight: Int)?
        for range in header.utf8.prefix(1_000).split(separator: UInt8(ascii: ",")).prefix(32) {
            let parts = range.split(separator: UInt8(ascii: ";"), maxSplits: 1)
            guard let tag = parts.first.map({ stripped($0) }), let weight = weight(parts.dropFirst().first) else {
                continue
            }
            let asked = tag == "*" ? ours.first : Language(tag)
            guard let asked, ours.contains(asked), weight > best?.weight ?? 0 else { continue }
            best = (asked, weight)
        }
        return best?.language
    }

    /// In thousandths: `;q=0.5` is 500, nothing is 1000, nonsense is nil.
    private static func weight(_ parameter: Substring.UTF8View?) -> Int? {
        guard let parameter else { return 1_000 }
        let text = stripped(parameter).lowercased()
        guard text.utf8.starts(with: "q=".utf8), let value = Double(String(text.dropFirst(2))) else { return nil }
        return (0...1).contains(value) ? Int(value * 1_000) : nil
    }

    private static func stripped(_ bytes: Substring.UTF8View) -> String {
        String(decoding: bytes.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
    }
}
