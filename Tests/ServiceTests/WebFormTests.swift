import CourantTesting
import TestSupport
import Testing

@testable import Web

@Suite struct WebFormTests {
    private static func form(_ fields: (String, String)...) -> Form {
        Form(fields: fields.map { Form.Field(name: $0.0, value: $0.1) })
    }

    private static let urlEncoded: [(String, Form)] = [
        ("", form()), ("a=1", form(("a", "1"))), ("a=1&b=2", form(("a", "1"), ("b", "2"))), ("a", form(("a", ""))),
        ("a=", form(("a", ""))), ("=1", form(("", "1"))), ("a=b=c", form(("a", "b=c"))), ("&&a=1&", form(("a", "1"))),
        ("a=1+2%2B3", form(("a", "1 2+3"))), ("%61=%C3%A9", form(("a", "é"))), ("a=é", form(("a", "é"))),
        ("a=1&a=2", form(("a", "1"), ("a", "2"))), ("a=%0d%0A", form(("a", "\r\n"))),
    ]

    @Test(arguments: urlEncoded)
    func `urlencoded text is read`(_ text: String, _ expected: Form) throws {
        #expect(try Form(urlEncoded: text.utf8) == expected)
    }

    private static let brokenURLEncoded: [[UInt8]] = [
        Array("a=%zz".utf8), Array("a=%".utf8), Array("a=%4".utf8), Array("%g0=1".utf8), Array("a=%00".utf8),
        Array("a=%ff".utf8), Array("a=".utf8) + [0xFF], Array("a=%C3".utf8), Array("a=".utf8) + [0],
        Array("a=%ED%A0%80".utf8), Array(String(repeating: "a=1&", count: 101).utf8),
    ]

    @Test(arguments: brokenURLEncoded)
    func `broken urlencoded bytes are refused`(_ bytes: [UInt8]) {
        #expect(throws: FormFailure.malformed) { try Form(urlEncoded: bytes) }
    }

    private static let json: [(String, Form)] = [
        ("{}", form()), (" {\"a\" : \"1\" } ", form(("a", "1"))),
        (#"{"a":["1","2"],"b":[]}"#, form(("a", "1"), ("a", "2"))),
        (#"{"a":null}"#, form()), (#"{"a":"\u00e9\ud83d\ude00\n\"\/"}"#, form(("a", "é😀\n\"/"))),
        (#"{"a":"1","n":-1.5e+3,"t":true,"o":{"x":[{}]}}"#, form(("a", "1"))),
    ]

    @Test(arguments: json)
    func `JSON is read`(_ text: String, _ expected: Form) throws {
        #expect(try Form.json(Array(text.utf8)).form == expected)
    }

    private static let brokenJSON: [String] = [
        "", "[]", "null", "{", "{\"a\"}", #"{"a":}"#, #"{"a":"1",}"#, #"{"a":"1"} x"#, #"{"a":"\u0000"}"#,
        #"{"a":"\ud800"}"#,
        #"{"a":"\ude00\ud83d"}"#, #"{"a":"\x"}"#, "{\"a\":\"\n\"}", #"{"a":01}"#, #"{"a":1.}"#, #"{"a":nul}"#,
        "{\"a\":'1'}",
        #"{"a":"# + String(repeating: "[", count: 17) + String(repeating: "]", count: 17) + "}", #"{"a":"1"#, "{a:1}",
    ]

    @Test(arguments: brokenJSON)
    func `broken JSON is refused`(_ text: String) {
        #expect(throws: FormFailure.malformed) { try Form.json(Array(text.utf8)) }
    }

    @Test func `a JSON member that stands twice is noticed, one of another type is named`() throws {
        #expect(throws: FormFailure.duplicate("a")) { try Form.json(Array(#"{"a":"1","\u0061":"2"}"#.utf8)) }
        #expect(try Form.json(Array(#"{"a":1,"b":["x",2],"c":{}}"#.utf8)).notText == ["a", "b", "c"])
    }

    @Test func `a multipart body is read`() throws {
        let body =
            "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n"
            + "--b \r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name=two\r\n\r\na\r\nb\r\n--b--\r\nepilogue"
        let expected = Self.form(("List-Unsubscribe", "One-Click"), ("two", "a\r\nb"))
        #expect(try Form(multipart: Array(body.utf8), boundary: "b") == expected)
    }

    private static let brokenMultipart: [String] = [
        "", "--b", "--b\r\n", "--c\r\n\r\n\r\n--c--", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1",
        "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--", "--b\r\nX: y\r\n\r\n1\r\n--b--",
        "--bx\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\0\r\n--b--",
        "--b\r\nX: \(String(repeating: "y", count: 2_000))\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--",
    ]

    @Test(arguments: brokenMultipart)
    func `a broken multipart body is refused`(_ text: String) {
        #expect(throws: FormFailure.malformed) { try Form(multipart: Array(text.utf8), boundary: "b") }
    }

    private static let mediaTypes: [(String, String, [String: String])] = [
        ("text/html", "text/html", [:]), ("Text/HTML; Charset=UTF-8", "text/html", ["charset": "UTF-8"]),
        ("a/b; boundary=\"x;\\\"y\"", "a/b", ["boundary": "x;\"y"]), ("a/b;;", "a/b", [:]),
    ]

    @Test(arguments: mediaTypes)
    func `a media type is read`(_ text: String, _ type: String, _ parameters: [String: String]) {
        #expect(MediaTypeText(text)?.type == type)
        #expect(MediaTypeText(text)?.parameters == parameters)
    }

    @Test(arguments: ["", ";", "a b", "a/b; x", "a/b; =x", "a/b; x=1; X=2", "a/b; x=\"1", "ü/x"])
    func `a broken media type is none`(_ text: String) {
        #expect(MediaTypeText(text) == nil)
    }

    @Test func `no bytes break the readers, and what they read is UTF-8 without NUL`() {
        var random = Seeded(7)
        let seeds = [
            "a=1&b=%C3%A9&email=x%40y", #"{"a":"\u00e9","b":["x"],"c":{"d":[1,true,null]}}"#,
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n",
            "multipart/form-data; boundary=\"b\"",
        ].map { Array($0.utf8) }
        for _ in 0..<20_000 {
            let bytes = random.mutation(of: seeds[Int.random(in: 0..<seeds.count, using: &random)])
            let forms = [
                try? Form(urlEncoded: bytes), try? Form.json(bytes).form, try? Form(multipart: bytes, boundary: "b"),
            ]
            _ = MediaTypeText(String(decoding: bytes, as: UTF8.self))
            for field in forms.compactMap({ $0 }).flatMap(\.fields) {
                #expect(!field.name.utf8.contains(0) && !field.value.utf8.contains(0))
            }
        }
    }
}

extension Seeded {
    /// A few bytes changed, cut, doubled or inserted.
    mutating func mutation(of bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...6, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array("%&=\"\\{}[],:\r\n-\0".utf8).randomElement(using: &self) ?? 0, at: place)
            case 3: bytes.removeLast(bytes.count - place)
            default: bytes += bytes[place...].prefix(20)
            }
        }
        return bytes
    }
}
