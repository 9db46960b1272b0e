import Mail
import TestSupport
import Testing

@Suite struct QuotedPrintableTests {
    static let pieces = [
        "a", "word ", "é", "👩‍👩‍👧‍👦", "\n", " \n", "\t\n", "\n.", "\n..\n", "\nFrom me", "=", " ", "=\n", "\r\n", "\u{301}",
        "long" + String(repeating: "x", count: 80),
    ]

    /// Line ends as mail has them: what decoding must give back.
    static func canonical(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        let input = Array(text.utf8)
        for (index, byte) in input.enumerated() {
            switch byte {
            case 0x0D where index + 1 < input.count && input[index + 1] == 0x0A: break
            case 0x0A, 0x0D: bytes += [0x0D, 0x0A]
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    static func check(_ encoded: [UInt8]) {
        #expect(encoded.allSatisfy { $0 < 0x80 })
        for line in lines(encoded) {
            #expect(line.count <= 76)
            #expect(line.first != UInt8(ascii: ".") && !line.starts(with: Array("From ".utf8)))
            #expect(!line.contains(0x0D) && !line.contains(0x0A))
            #expect(line.last != 0x20 && line.last != 0x09)
            #expect(
                String(validating: QuotedPrintable.decode(line), as: UTF8.self) != nil, "a sequence is split over lines"
            )
        }
    }

    static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                lines.append([])
                index += 2
            } else {
                lines[lines.count - 1].append(bytes[index])
                index += 1
            }
        }
        return lines
    }

    @Test func `text comes back as it was, in short lines that no relay touches`() {
        var random = Seeded(3)
        for _ in 0..<2_000 {
            let text = random.text(of: Self.pieces, upTo: 60)
            var coder = QuotedPrintable()
            coder.append(text.utf8)
            Self.check(coder.bytes)
            #expect(QuotedPrintable.decode(coder.bytes) == Self.canonical(text))
        }
    }

    @Test func `values between pieces keep to their own lines`() {
        var random = Seeded(4)
        for _ in 0..<2_000 {
            var mail: [UInt8] = []
            var whole: [UInt8] = []
            for index in 0..<6 {
                let text = random.text(of: Self.pieces, upTo: 12)
                whole += Self.canonical(text)
                if index % 2 == 1 {
                    QuotedPrintable.append(Array(text.utf8), to: &mail)
                } else {
                    var coder = QuotedPrintable()
                    coder.append(text.utf8)
                    coder.breakLine()
                    mail += coder.bytes
                }
            }
            Self.check(mail)
            #expect(QuotedPrintable.decode(mail) == whole)
        }
    }

    @Test func `decoding takes anything`() {
        var random = Seeded(5)
        for _ in 0..<2_000 {
            _ = QuotedPrintable.decode(Array(random.text(of: ["=", "=4", "=\r", "=\r\n", "=zz", "=é"], upTo: 12).utf8))
        }
        #expect(QuotedPrintable.decode(Array("a=3d=3D=\r\nb=".utf8)) == Array("a==b=".utf8))
    }
}
