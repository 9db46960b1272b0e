import CourantTesting
import PeopleFiles
import Testing

@Suite struct RecordReaderTests {
    private static func read(_ text: String, _ separator: Character = ",", piece: Int = 7) -> [RecordReader.Event] {
        var reader = RecordReader(separator: separator.asciiValue ?? 0)
        var events: [RecordReader.Event] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            reader.take(bytes[start..<min(bytes.count, start + piece)]) { events.append($0) }
        }
        reader.finish { events.append($0) }
        return events
    }

    private static let good: [(String, [[String]])] = [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("a,b\r1,2\r", [["a", "b"], ["1", "2"]]), ("a\n\n \n,,\n1\n", [["a"], ["1"]]),
        ("\"a\"\"b\", \"c,\n d\"\n", [["a\"b", "c,\n d"]]), ("a \"quoted\" word,b\n", [["a \"quoted\" word", "b"]]),
        ("\"a\" ,b\n", [["a", "b"]]), ("", []), ("\n\n", []), ("a,\n", [["a", ""]]),
    ]

    @Test(arguments: good) func `tables are read as they are written`(_ text: String, _ records: [[String]]) {
        let fields = Self.read(text).compactMap { if case .record(_, let fields) = $0 { fields } else { nil } }
        #expect(fields == records)
        #expect(Self.read(text, piece: 1) == Self.read(text, piece: 1_000))
    }

    private static let bad: [(String, Int, RecordFault)] = [
        ("a\n\"b\nc\n", 2, .openQuote), ("a\n\"b\" c\nd\n", 2, .strayQuote), ("a\nb\0\nc\n", 2, .nul),
        ("a\n\(String(repeating: "x", count: 300_000))\nb\n", 2, .tooLong),
    ]

    @Test(arguments: bad) func `what is wrong is told by its line, and reading goes on`(
        _ text: String, _ line: Int, _ fault: RecordFault
    ) {
        let events = Self.read(text)
        #expect(events.contains(.fault(line: line, fault)) && !fault.words.isEmpty)
        #expect(fault == .openQuote || events.count == 3)
    }

    @Test func `a line is counted whatever ends it, also inside quotation marks`() {
        let lines = Self.read("a\r\n\"b\r\nc\"\r\n\nd\r\n").map { event in
            if case .record(let line, _) = event { line } else { 0 }
        }
        #expect(lines == [1, 2, 5])
    }

    @Test func `nothing that is thrown at it makes it stop, forget a line or grow`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array(",;\"\n\r \t\0ab@.'=æ\u{FEFF}".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...120)).compactMap { _ in alphabet.randomElement(using: &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            let events = Self.read(text, piece: Int.random(in: 1...9))
            #expect(events == Self.read(text, piece: 1_000))
            #expect(events.count <= text.utf8.count + 1)
        }
    }
}

@Suite struct PartWriterTests {
    @Test func `parts are whole tables, small enough, and know where their lines came from`() throws {
        var writer = PartWriter(columns: ["email", "name"])
        var parts: [Part] = []
        for number in 0..<2_500 {
            if let part = writer.add(["p\(number)@example.org", "A \"B\",\nC"], line: number * 2 + 2) {
                parts.append(part)
            }
        }
        parts += [writer.finish()].compactMap(\.self)
        #expect(parts.map(\.number) == [1, 2, 3] && parts.map(\.lines.count) == [1_000, 1_000, 500])
        #expect(parts.allSatisfy { $0.text.hasPrefix("email,name\n") && $0.text.utf8.count < 100_000 })
        #expect(parts[1].text.split(separator: "\n").count == 1_001 && parts[1].line(2) == 2_002)
        #expect(writer.finish() == nil)
        let quoted = try #require(parts.first).text.split(separator: "\n")[1]
        #expect(quoted == "p0@example.org,\"A \"\"B\"\", C\"")
    }
}
