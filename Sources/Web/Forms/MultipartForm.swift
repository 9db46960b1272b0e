import Mail

/// Reads `multipart/form-data` (RFC 7578), the other encoding in which a mail program may send its one-click
/// unsubscribe (RFC 8058 §3.2). The body is small and wholly in memory; files are read as text like any field.
extension Form {
    private static let longestHeaders = 1_024

    init(multipart bytes: [UInt8], boundary: String) throws(FormFailure) {
        self.init()
        let delimiter = Array("--\(boundary)".utf8)
        // A preamble may stand before the first delimiter (RFC 2046 §5.1.1).
        guard let first = Self.delimiter(delimiter, in: bytes[...], atStart: true) else { throw .malformed }
        var rest = bytes[first.upperBound...]
        while !rest.starts(with: Array("--".utf8)) {
            rest = try Self.line(rest)
            guard let next = Self.delimiter(delimiter, in: rest, atStart: false) else { throw .malformed }
            try read(rest[..<next.lowerBound])
            rest = rest[next.upperBound...]
        }
    }

    /// One part: headers, an empty line, the value.
    private mutating func read(_ part: ArraySlice<UInt8>) throws(FormFailure) {
        let emptyLine = Array("\r\n\r\n".utf8)
        guard let end = part.place(of: emptyLine), end.lowerBound - part.startIndex <= Self.longestHeaders,
            let name = try Self.name(in: part[..<end.lowerBound])
        else { throw .malformed }
        try add(name, Self.text(part[end.upperBound...]))
    }

    /// Where the delimiter stands at the beginning of a line, together with the CRLF before it, which is its own.
    private static func delimiter(_ delimiter: [UInt8], in bytes: ArraySlice<UInt8>, atStart: Bool) -> Range<Int>? {
        if atStart, bytes.starts(with: delimiter) { return bytes.startIndex..<bytes.startIndex + delimiter.count }
        return bytes.place(of: Array("\r\n".utf8) + delimiter)
    }

    /// What follows the delimiter's line: white space at most stands behind a delimiter.
    private static func line(_ bytes: ArraySlice<UInt8>) throws(FormFailure) -> ArraySlice<UInt8> {
        let rest = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        guard rest.starts(with: Array("\r\n".utf8)) else { throw .malformed }
        return rest.dropFirst(2)
    }

    /// `Content-Disposition: form-data; name="…"` (RFC 7578 §4.2).
    private static func name(in headers: ArraySlice<UInt8>) throws(FormFailure) -> String? {
        for line in headers.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            let header = try text(line)
            guard header.lowercased().utf8.starts(with: "content-disposition:".utf8) else { continue }
            let value = MediaTypeText(
                String(decoding: line.dropFirst("content-disposition:".utf8.count), as: UTF8.self))
            guard value?.type == "form-data" else { return nil }
            return value?.parameters["name"]
        }
        return nil
    }
}
