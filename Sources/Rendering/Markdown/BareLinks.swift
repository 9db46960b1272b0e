/// Finds addresses that stand in a text without any Markdown around them, as people paste them.
///
/// cmark-gfm's own extension for this takes half a minute for a hostile text of 120 KB (`www._` again and again); this
/// goes over the bytes once.
enum BareLinks {
    static func linked(_ text: String, line: Int) -> [Markdown.Inline] {
        let bytes = Array(text.utf8)
        var found: [Markdown.Inline] = []
        var (done, index) = (0, 0)
        while index < bytes.count {
            guard let end = end(of: bytes, from: index) else {
                index += 1
                continue
            }
            if done < index { found.append(.text(String(decoding: bytes[done..<index], as: UTF8.self))) }
            let url = String(decoding: bytes[index..<end], as: UTF8.self)
            found.append(.link(url: url, title: "", [.text(url)], line: line))
            (done, index) = (end, end)
        }
        if done < bytes.count { found.append(.text(String(decoding: bytes[done...], as: UTF8.self))) }
        return found
    }

    /// Where the address that begins here ends: before white space, `<` or a quote, and before punctuation that ends
    /// the sentence around it. Nil if none begins here.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        guard bytes[start] == UInt8(ascii: "h"), start == 0 || !bytes[start - 1].isWord else { return nil }
        let rest = bytes[start...]
        guard let scheme = schemes.first(where: { rest.starts(with: $0) }) else { return nil }
        let host = start + scheme.count
        guard host < bytes.count, bytes[host].isWord else { return nil }
        var end = bytes[host...].firstIndex { $0 <= 0x20 || "<>\"".utf8.contains($0) } ?? bytes.count
        let hasOpened = bytes[host..<end].contains(UInt8(ascii: "("))
        while end > host,
            ".,;:!?'*_~".utf8.contains(bytes[end - 1]) || (bytes[end - 1] == UInt8(ascii: ")") && !hasOpened)
        {
            end -= 1
        }
        return end
    }

    private static let schemes = [Array("https://".utf8), Array("http://".utf8)]
}

extension UInt8 {
    fileprivate var isWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: false
        }
    }
}
