/// A mail's bytes, seen as what a signature covers: fields and body, in the forms that RFC 6376 §3.4 gives them.
package struct SignedMail: Sendable {
    package struct Field: Sendable {
        /// In lower case.
        package let name: String
        /// Name, colon, value and the line's end.
        let bytes: Range<Int>
        let value: Range<Int>
    }

    package enum Form: String, Sendable {
        case simple, relaxed
    }

    let content: [UInt8]
    package let fields: [Field]
    /// Where the body begins.
    private let body: Int

    /// `content` has CRLF at its lines' ends.
    package init(_ content: [UInt8]) {
        var (fields, start, body) = ([Field](), 0, content.count)
        while start < content.count {
            if content[start...].starts(with: Self.lineEnd) {
                body = start + 2
                break
            }
            var end = Self.endOfLine(content, start)
            while end < content.count, content[end] == 0x20 || content[end] == 0x09 {
                end = Self.endOfLine(content, end)
            }
            if let field = Self.field(content, start..<end) { fields.append(field) }
            start = end
        }
        (self.content, self.fields, self.body) = (content, fields, body)
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private static func endOfLine(_ content: [UInt8], _ start: Int) -> Int {
        content[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? content.count
    }

    private static func field(_ content: [UInt8], _ bytes: Range<Int>) -> Field? {
        guard let colon = content[bytes].firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var name = content[bytes.lowerBound..<colon]
        while name.last?.isBlank == true { name.removeLast() }
        return Field(
            name: String(decoding: name.map(\.lowercased), as: UTF8.self), bytes: bytes,
            value: colon + 1..<bytes.upperBound)
    }

    // MARK: Fields

    package func count(_ name: String) -> Int { fields.count { $0.name == name } }

    /// Its value, unfolded; the last one's, where there are several.
    package func text(_ name: String) -> String? { fields.last { $0.name == name }.map(text) }

    package func text(_ field: Field) -> String {
        var bytes: [UInt8] = []
        Self.relax(content[field.value], into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The domain of the only `From`, lower-case; nil where there is none, or more than one address.
    package var fromDomain: String? {
        guard count("from") == 1, let text = text("from") else { return nil }
        let bytes = text.utf8
        let address =
            bytes.lastIndex(of: UInt8(ascii: "<")).map { bytes[bytes.index(after: $0)...] } ?? bytes[...]
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = address[address.index(after: at)...].prefix { $0 != UInt8(ascii: ">") && !$0.isBlank }
        return domain.isEmpty ? nil : String(Substring(domain)).lowercased()
    }

    /// The fields that a signature names, as they are hashed: from the bottom up, each once; a name that is there no more
    /// often stands for nothing (RFC 6376 §5.4.2).
    func append(_ names: [String], _ form: Form, to bytes: inout [UInt8]) {
        var rest: [String: [Field]] = [:]
        for name in Set(names) { rest[name] = fields.filter { $0.name == name } }
        for name in names {
            if let field = rest[name]?.popLast() { append(field, form, to: &bytes) }
        }
    }

    private func append(_ field: Field, _ form: Form, to bytes: inout [UInt8]) {
        if form == .simple { return bytes.append(contentsOf: content[field.bytes]) }
        bytes.append(contentsOf: field.name.utf8)
        bytes.append(UInt8(ascii: ":"))
        Self.relax(content[field.value], into: &bytes)
        bytes.append(contentsOf: Self.lineEnd)
    }

    /// Unfolded, each run of white space a space, none at either end (RFC 6376 §3.4.2).
    static func relax(_ value: some Sequence<UInt8>, into bytes: inout [UInt8]) {
        let start = bytes.count
        var isBehindSpace = false
        for byte in value {
            if byte.isBlank {
                isBehindSpace = true
                continue
            }
            if isBehindSpace, bytes.count > start { bytes.append(0x20) }
            isBehindSpace = false
            bytes.append(byte)
        }
    }

    // MARK: Body

    func bodyHash(_ form: Form) -> [UInt8] { SHA256.digest(body(form)) }

    func body(_ form: Form) -> [UInt8] { form == .relaxed ? relaxedBody : simpleBody }

    /// Nothing is an empty line (RFC 6376 §3.4.3).
    private var simpleBody: [UInt8] {
        var bytes = Array(content[body...])
        while bytes.suffix(4) == Self.lineEnd + Self.lineEnd { bytes.removeLast(2) }
        return bytes.suffix(2) == Self.lineEnd[...] ? bytes : bytes + Self.lineEnd
    }

    /// Runs of white space are one space, none at a line's end; no empty lines at the body's end; nothing stays nothing
    /// (RFC 6376 §3.4.4).
    private var relaxedBody: [UInt8] {
        content.withUnsafeBufferPointer { content in
            [UInt8](unsafeUninitializedCapacity: content.count - body + 3) { output, count in
                count = Self.relaxBody(content[body...], output)
            }
        }
    }

    private static func relaxBody(
        _ body: Slice<UnsafeBufferPointer<UInt8>>, _ output: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        // `end`: behind the last line that is not empty.
        var (count, end, isBehindSpace, isBehindReturn) = (0, 0, false, false)
        for byte in body {
            if byte == 0x0A, isBehindReturn {
                output[count] = 0x0D
                output[count + 1] = 0x0A
                count += 2
                (isBehindSpace, isBehindReturn) = (false, false)
                continue
            }
            if isBehindReturn {
                output[count] = 0x0D
                count += 1
                (end, isBehindReturn) = (count, false)
            }
            switch byte {
            case 0x0D: isBehindReturn = true
            case 0x20, 0x09: isBehindSpace = true
            default:
                if isBehindSpace {
                    output[count] = 0x20
                    count += 1
                    isBehindSpace = false
                }
                output[count] = byte
                count += 1
                end = count
            }
        }
        guard end > 0 else { return 0 }
        output[end] = 0x0D
        output[end + 1] = 0x0A
        return end + 2
    }
}
