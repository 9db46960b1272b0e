package import Mail

/// Codes in the words of a server.
package enum StatusSearch {
    /// The first `5.1.1` that is no part of something longer, such as an IP address.
    package static func enhanced(in text: some Collection<UInt8>) -> EnhancedStatus? {
        let bytes = Array(text.prefix(ReportWords.longest))
        var rest = bytes[...]
        while let dot = rest.place(of: dot)?.lowerBound {
            rest = bytes[(dot + 1)...]
            let start = dot - 1
            guard start >= 0, bytes[start].isReplyClass, start == 0 || !bytes[start - 1].isPartOfNumber,
                let (subject, middle) = number(in: bytes, from: dot + 1),
                middle < bytes.count, bytes[middle] == UInt8(ascii: "."),
                let (detail, end) = number(in: bytes, from: middle + 1), isEnd(end, of: bytes)
            else { continue }
            return EnhancedStatus(class: Int(bytes[start] - 0x30), subject: subject, detail: detail)
        }
        return nil
    }

    private static let dot = [UInt8(ascii: ".")]

    /// The first `550` that is a word.
    package static func reply(in text: some Collection<UInt8>) -> Int? {
        let bytes = Array(text.prefix(ReportWords.longest))
        for start in bytes.indices.dropLast(2) where bytes[start] == 0x34 || bytes[start] == 0x35 {
            guard start == 0 || !bytes[start - 1].isPartOfNumber, let (code, end) = number(in: bytes, from: start),
                end == start + 3, isEnd(end, of: bytes)
            else { continue }
            return code
        }
        return nil
    }

    /// At most three digits.
    private static func number(in bytes: [UInt8], from start: Int) -> (Int, end: Int)? {
        var (value, place) = (0, start)
        while place < bytes.count, bytes[place].isDigit, place < start + 3 {
            value = value * 10 + Int(bytes[place] - 0x30)
            place += 1
        }
        return place == start ? nil : (value, place)
    }

    /// A sentence may end behind it.
    private static func isEnd(_ place: Int, of bytes: [UInt8]) -> Bool {
        guard place < bytes.count else { return true }
        if bytes[place] == UInt8(ascii: ".") { return place + 1 >= bytes.count || !bytes[place + 1].isDigit }
        return !bytes[place].isPartOfNumber
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
    fileprivate var isReplyClass: Bool { self == 0x32 || self == 0x34 || self == 0x35 }
    fileprivate var isPartOfNumber: Bool { isDigit || self == 0x2E || (0x61...0x7A).contains(self | 0x20) }
}

extension EnhancedStatus {
    package var text: String { "\(self.class).\(subject).\(detail)" }
}
