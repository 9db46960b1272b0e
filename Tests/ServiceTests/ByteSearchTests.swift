import CourantTesting
import Foundation
import Testing

/// The search that the promise of deletion is tested by, itself tested: it finds what it should.
@Suite struct ByteSearchTests {
    static let word = "Zoë.Quux"

    static let hidden: [(String, Data)] = {
        let (plain, padding) = (Data(word.utf8), Data("ab".utf8))
        let base64 = (0..<3).map { ("base64 at \($0)", (padding.prefix($0) + plain + padding).base64EncodedData()) }
        let texts = [
            ("lower case", "zoë.quux"), ("upper case", "ZOË.QUUX"), ("decomposed", "Zoe\u{308}.Quux"),
            ("percent", "Zo%C3%AB%2EQuux"),
            ("percent, all of it", "%5a%6f%c3%ab%2e%51%75%75%78"), ("quoted-printable", "Zo=C3=AB=2EQuux"),
            ("JSON", "Zo\\u00eb.Quux"), ("punycode", "xn--zo-ija.quux"),
            ("hexadecimal", "5a6fc3ab2e51757578"), ("HEXADECIMAL", "5A6FC3AB2E51757578"),
        ]
        let wide = [String.Encoding.utf16LittleEndian, .utf16BigEndian, .isoLatin1].map {
            ("\($0)", word.data(using: $0) ?? Data())
        }
        return [("plain", plain)] + base64 + texts.map { ($0, Data($1.utf8)) } + wide
    }()

    @Test(arguments: hidden) func `a word is found`(_ spelling: String, _ bytes: Data) throws {
        let directory = try URL.temporary()
        let folder = directory.appending(path: "deep")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let noise = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try (noise + bytes + noise).write(to: folder.appending(path: "file"))
        #expect(try ByteSearch(directory).hits([Self.word, "Nobody"]) == ["deep/file: \(Self.word)"])
    }
}
