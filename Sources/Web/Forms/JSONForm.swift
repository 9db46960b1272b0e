/// Reads a JSON object (RFC 8259) as a form: each member is a field, an array of strings is a field that came several
/// times, `null` is one that did not come. Members that are anything else are kept by name, so that who looks for them
/// can be told; those that nobody looks for do no harm.
///
/// An own reader rather than a general decoder, because a member that stands twice must be noticed, and because it is
/// bounded by itself: 16 levels, and as many fields as any form.
extension Form {
    /// `notText` names the members whose values are neither strings nor arrays of strings.
    static func json(_ bytes: [UInt8]) throws(FormFailure) -> (form: Form, notText: Set<String>) {
        var reader = JSONReader(bytes)
        return try reader.object()
    }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var at = 0

    private static let deepest = 16

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func object() throws(FormFailure) -> (form: Form, notText: Set<String>) {
        var form = Form()
        var names: Set<[UInt8]> = []
        var notText: Set<String> = []
        try members { reader, name throws(FormFailure) in
            guard names.insert(Array(name.utf8)).inserted else { throw .duplicate(name) }
            switch try reader.value(depth: 1) {
            case .text(let value): try form.add(name, value)
            case .texts(let values): for value in values { try form.add(name, value) }
            case .null: break
            case .other: notText.insert(name)
            }
        }
        skipWhite()
        guard at == bytes.count else { throw .malformed }
        return (form, notText)
    }

    private enum Value {
        case text(String)
        case texts([String])
        case null
        case other
    }

    private mutating func value(depth: Int) throws(FormFailure) -> Value {
        guard depth <= Self.deepest else { throw .malformed }
        skipWhite()
        switch peek {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "{"):
            try members { reader, _ throws(FormFailure) in _ = try reader.value(depth: depth + 1) }
            return .other
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "t"):
            try word("true")
            return .other
        case UInt8(ascii: "f"):
            try word("false")
            return .other
        default:
            try number()
            return .other
        }
    }

    private mutating func members(
        _ take: (inout JSONReader, String) throws(FormFailure) -> Void
    ) throws(FormFailure) {
        try expect(UInt8(ascii: "{"))
        if accept(UInt8(ascii: "}")) { return }
        repeat {
            skipWhite()
            let name = try string()
            try expect(UInt8(ascii: ":"))
            try take(&self, name)
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    private mutating func array(depth: Int) throws(FormFailure) -> Value {
        try expect(UInt8(ascii: "["))
        if accept(UInt8(ascii: "]")) { return .texts([]) }
        var texts: [String] = []
        var isText = true
        repeat {
            if case .text(let text) = try value(depth: depth + 1) { texts.append(text) } else { isText = false }
        } while accept(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return isText ? .texts(texts) : .other
    }

    // MARK: Strings

    private mutating func string() throws(FormFailure) -> String {
        guard take() == UInt8(ascii: "\"") else { throw .malformed }
        var plain: [UInt8] = []
        while let byte = take() {
            switch byte {
            case UInt8(ascii: "\""): return try Form.text(plain)
            case UInt8(ascii: "\\"): try plain.append(contentsOf: escape())
            case 0..<0x20: throw .malformed
            default: plain.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func escape() throws(FormFailure) -> [UInt8] {
        switch take() {
        case UInt8(ascii: "\""): [UInt8(ascii: "\"")]
        case UInt8(ascii: "\\"): [UInt8(ascii: "\\")]
        case UInt8(ascii: "/"): [UInt8(ascii: "/")]
        case UInt8(ascii: "b"): [0x08]
        case UInt8(ascii: "f"): [0x0C]
        case UInt8(ascii: "n"): [0x0A]
        case UInt8(ascii: "r"): [0x0D]
        case UInt8(ascii: "t"): [0x09]
        case UInt8(ascii: "u"): Array(String(Character(try scalar())).utf8)
        default: throw .malformed
        }
    }

    /// `\uXXXX`, or a pair of surrogates; a lone surrogate is no character.
    private mutating func scalar() throws(FormFailure) -> Unicode.Scalar {
        let first = try fourDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), take() == UInt8(ascii: "\\"), take() == UInt8(ascii: "u") else {
            throw .malformed
        }
        let second = try fourDigits()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw .malformed }
        return scalar
    }

    private mutating func fourDigits() throws(FormFailure) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = take()?.hexValue else { throw .malformed }
            number = number << 4 | UInt32(digit)
        }
        return number
    }

    // MARK: Bytes

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func take() -> UInt8? {
        guard at < bytes.count else { return nil }
        defer { at += 1 }
        return bytes[at]
    }

    private mutating func skipWhite() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    private mutating func accept(_ byte: UInt8) -> Bool {
        skipWhite()
        guard peek == byte else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(FormFailure) {
        guard accept(byte) else { throw .malformed }
    }

    private mutating func word(_ word: StaticString) throws(FormFailure) {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        for letter in letters { guard take() == letter else { throw .malformed } }
    }

    /// RFC 8259 §6. The value is nobody's; only its end matters.
    private mutating func number() throws(FormFailure) {
        if peek == UInt8(ascii: "-") { at += 1 }
        if peek == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        guard peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") else { return }
        at += 1
        if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { at += 1 }
        try digits()
    }

    private mutating func digits() throws(FormFailure) {
        let start = at
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw .malformed }
    }
}
