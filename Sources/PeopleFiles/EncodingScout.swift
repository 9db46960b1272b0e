/// Finds out in which encoding a file is written: by its mark, by its zero bytes, by whether all of it is UTF-8. What is none of these
/// may be Windows-1252, which no byte can prove: somebody has to look at a line of it.
package struct EncodingScout {
    package enum Verdict: Equatable, Sendable {
        case certain(TextEncoding)
        /// What `line` is like in it.
        case likely(TextEncoding, line: Int, text: String)
        /// Most of it is UTF-8, and this line is not.
        case mixed(line: Int)
    }

    private var first: [UInt8] = []
    private var zeros = (even: 0, odd: 0)
    private var place = 0
    private var line = 1
    private var text: [UInt8] = []
    private var strange: (line: Int, text: [UInt8])?
    private var isStrangeOpen = false
    private var multibyte = 0
    /// How many bytes of a sign are still to come.
    private var awaited = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    private static let longestExample = 160

    package init() {}

    package mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { take(byte) }
    }

    private mutating func take(_ byte: UInt8) {
        if first.count < 4 { first.append(byte) }
        if byte == 0, place < 4_096 {
            if place.isMultiple(of: 2) { zeros.even += 1 } else { zeros.odd += 1 }
        }
        place += 1
        check(byte)
        if byte == 0x0A {
            if isStrangeOpen {
                strange?.text = text
                isStrangeOpen = false
            }
            line += 1
            text.removeAll(keepingCapacity: true)
        } else if text.count < Self.longestExample {
            text.append(byte)
        }
    }

    /// Well-formed UTF-8 (Unicode 3.9, table 3-7).
    private mutating func check(_ byte: UInt8) {
        if awaited > 0 {
            if (lowest...highest).contains(byte) {
                awaited -= 1
                (lowest, highest) = (0x80, 0xBF)
                if awaited == 0 { multibyte += 1 }
                return
            }
            awaited = 0
            note()
        }
        switch byte {
        case 0x00...0x7F: return
        case 0xC2...0xDF: expect(1)
        case 0xE0: expect(2, from: 0xA0)
        case 0xED: expect(2, to: 0x9F)
        case 0xE1...0xEF: expect(2)
        case 0xF0: expect(3, from: 0x90)
        case 0xF4: expect(3, to: 0x8F)
        case 0xF1...0xF3: expect(3)
        default: note()
        }
    }

    private mutating func expect(_ count: Int, from lowest: UInt8 = 0x80, to highest: UInt8 = 0xBF) {
        (awaited, self.lowest, self.highest) = (count, lowest, highest)
    }

    private mutating func note() {
        guard strange == nil else { return }
        strange = (line, [])
        isStrangeOpen = true
    }

    package mutating func finish() -> Verdict {
        if awaited > 0 { note() }
        if isStrangeOpen { strange?.text = text }
        if first.starts(with: [0xFF, 0xFE]) { return .certain(.utf16LittleEndian) }
        if first.starts(with: [0xFE, 0xFF]) { return .certain(.utf16BigEndian) }
        if zeros.odd > 1, zeros.even == 0 { return .certain(.utf16LittleEndian) }
        if zeros.even > 1, zeros.odd == 0 { return .certain(.utf16BigEndian) }
        guard let strange else { return .certain(.utf8) }
        guard multibyte == 0 else { return .mixed(line: strange.line) }
        var decoder = TextDecoder(.windows1252)
        let example = String(decoding: decoder.decode(strange.text), as: UTF8.self)
        return .likely(.windows1252, line: strange.line, text: example.filter { !$0.isNewline })
    }
}
