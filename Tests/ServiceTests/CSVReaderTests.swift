import Newsletter
import TestSupport
import Testing

@Suite struct CSVReaderTests {
    private static func events(_ bytes: [UInt8], piece: Int = .max) -> [CSVReader.Event] {
        var reader = CSVReader()
        var events: [CSVReader.Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.take(rest.prefix(piece)) { events.append($0) }
            rest = rest.dropFirst(piece)
        }
        reader.finish { events.append($0) }
        return events
    }

    private static func words(_ events: [CSVReader.Event]) -> [String] {
        events.map { event in
            switch event {
            case .record(let line, let fields):
                "\(line):" + fields.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "|")
            case .fault(let line, let fault): "\(line)!\(fault)"
            }
        }
    }

    @Test(arguments: [
        ("", []), ("a", ["1:a"]), ("a,b\n1,2\n", ["1:a|b", "2:1|2"]), ("a;b\r\n1,5;2\r\n", ["1:a|b", "2:1,5|2"]),
        ("a\tb\r1\t2", ["1:a|b", "2:1|2"]), ("\u{FEFF}a,b\n", ["1:a|b"]), ("a\n\n\nb", ["1:a", "4:b"]),
        ("\"a,\"\"b\"\"\",c\n", ["1:a,\"b\"|c"]), ("a,b\n\"x\ny\",2\n3,4", ["1:a|b", "2:x\ny|2", "4:3|4"]),
        ("a,b\n,\n", ["1:a|b", "2:|"]), ("a\n\"\"\n", ["1:a", "2:"]), ("a\n\"x\"y\nz", ["1:a", "2!strayQuote", "3:z"]),
        ("a\n\"open\nb\n", ["1:a", "2!openQuote"]), ("a\nb\0c\nd", ["1:a", "2!nul", "3:d"]),
        ("a\n\(String(repeating: "x", count: 1_048_576))\nb", ["1:a", "2!tooLong", "3:b"]),
        ("a\n\(String(repeating: ",", count: 40))\nb", ["1:a", "2!tooManyFields", "3:b"]),
        ("a\"b,c\n", ["1:a\"b|c"]),
    ]) func `a file is read as it says`(_ file: String, _ expected: [String]) {
        for piece in [1, 7, .max] { #expect(Self.words(Self.events(Array(file.utf8), piece: piece)) == expected) }
    }

    @Test func `Latin-1 and UTF-16 are told by their bytes`() {
        #expect(
            Self.words(Self.events(Array("a\nb".utf8) + [0xE5, 0x0A] + Array("c".utf8))) == ["1:a", "2!notUTF8", "3:c"])
        #expect(Self.words(Self.events([0xFF, 0xFE, 0x61, 0x00, 0x0A, 0x00])) == ["1!utf16"])
    }

    /// Whatever comes, however it is cut: the same events, no line twice, none beyond the file, nothing longer than may be.
    @Test(arguments: 0..<40) func `nonsense is survived, and cutting changes nothing`(_ seed: Int) {
        var random = Seeded(UInt64(seed))
        let pieces: [[UInt8]] = [
            Array("\"".utf8), Array("\"\"".utf8), Array(",".utf8), Array(";".utf8), [9], [10], [13], [13, 10], [0],
            [0xEF, 0xBB, 0xBF],
            [0xE5], Array("ann@example.org".utf8), Array("email".utf8), Array(repeating: 0x78, count: 3_000),
            [0xFF, 0xFE],
        ]
        var file: [UInt8] = []
        for _ in 0..<400 { file += pieces.randomElement(using: &random) ?? [] }
        let whole = Self.events(file)
        #expect(Self.events(file, piece: Int.random(in: 1...97, using: &random)) == whole)
        let lines = whole.map { event in
            switch event {
            case .record(let line, _), .fault(let line, _): line
            }
        }
        #expect(lines == lines.sorted() && Set(lines).count == lines.count && lines.last ?? 1 <= file.count + 1)
        for case .record(_, let fields) in whole {
            #expect(
                fields.count <= CSVReader.mostFields && fields.reduce(0) { $0 + $1.count } <= CSVReader.longestRecord)
        }
    }
}
