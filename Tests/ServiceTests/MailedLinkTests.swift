import Foundation
import Newsletter
import Testing

@Suite struct MailedLinkTests {
    private let id = SubscriptionID(number: 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)

    /// With one known link key, of the number 7.
    private func keyring() throws -> Keyring {
        let known = Data(0..<32).base64EncodedString()
        let file = """
            {"sealing":{"1":"\(known)"},"links":{"7":"\(known)"},"index":"\(known)","fingerprints":"\(known)",
            "receipts":"\(known)"}
            """
        return try JSONDecoder().decode(Keyring.self, from: Data(file.utf8))
    }

    /// These stand in mailboxes. They were computed with another program's HMAC.
    @Test func `a link is spelt as it always was`() throws {
        let keyring = try keyring()
        #expect(UnsubscribeLink(id, place: .body, keyring: keyring).text == Self.body)
        #expect(UnsubscribeLink(id, place: .header, keyring: keyring).text == Self.header)
        #expect(KeepLink(id, keyring: keyring).text == Self.keep)
    }

    @Test func `no link does the work of another`() throws {
        let keyring = try keyring()
        for text in [Self.body, Self.header] {
            #expect(UnsubscribeLink(text, keyring: keyring)?.subscription == id)
            #expect(KeepLink(text, keyring: keyring) == nil)
        }
        #expect(KeepLink(Self.keep, keyring: keyring)?.subscription == id)
        #expect(UnsubscribeLink(Self.keep, keyring: keyring) == nil)
    }

    @Test func `what is changed or too short is no link`() throws {
        let (keyring, text) = (try keyring(), Array(Self.keep))
        for place in text.indices {
            var forged = text
            forged[place] = forged[place] == "A" ? "B" : "A"
            #expect(KeepLink(String(forged), keyring: keyring) == nil)
        }
        for other in ["", "A", String(Self.keep.dropLast()), "A" + Self.keep, Self.keep.lowercased()] {
            #expect(KeepLink(other, keyring: keyring) == nil)
        }
        #expect(KeepLink(Self.keep, keyring: .random()) == nil)
        #expect(KeepLink(String(repeating: " ", count: 2000) + Self.keep, keyring: keyring) == nil)
    }

    /// What mail programs, gateways and people make of a link, as the path's last segment comes to us.
    @Test(arguments: LinkManglings.all)
    func `a link is read whatever it has been through`(_ mangling: LinkMangling) throws {
        let keyring = try keyring()
        let read = UnsubscribeLink(mangling.of(Self.body), keyring: keyring)
        #expect(read?.subscription == id)
        #expect(read?.text == Self.body)
        let token = Token.random()
        #expect(Token(mangling.of(token.text))?.hash == token.hash)
    }

    @Test func `however a link is mangled, nothing breaks and nothing forged is taken`() throws {
        let keyring = try keyring()
        var random = SystemRandomNumberGenerator()
        let signs = Array("ABZaz09-_%=/. <>\"\u{200B}\u{00E5}\r\n")
        for _ in 0..<20_000 {
            var text = Array(Self.body)
            for _ in 0..<Int.random(in: 1...6) {
                guard let sign = signs.randomElement(using: &random) else { continue }
                text[Int.random(in: 0..<text.count)] = sign
            }
            guard let link = UnsubscribeLink(String(text), keyring: keyring) else { continue }
            #expect(link.subscription == id && link.text == Self.body)
        }
    }

    private static let body = "AQdiABEiM0RVZneImaq7zN3u_5m_fBVihbx21DCw5xktO1Q"
    private static let header = "AQdoABEiM0RVZneImaq7zN3u_-no-pPq31UFtXsqFR8cQ6k"
    private static let keep = "AQdrABEiM0RVZneImaq7zN3u_xCzcdHJg3v4fcAT-edtTH0"
}

/// One thing that happens to a link on its way.
struct LinkMangling: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let of: @Sendable (String) -> String
}

enum LinkManglings {
    static let all =
        behind.map { sign in LinkMangling(testDescription: "…\(sign)") { $0 + sign } }
        + before.map { sign in LinkMangling(testDescription: "\(sign)…") { sign + $0 } }
        + between.map { sign in
            LinkMangling(testDescription: "…\(sign)…") { $0.prefix(20) + sign + $0.dropFirst(20) }
        }
        + [
            LinkMangling(testDescription: "each - and _ encoded") {
                $0.replacing("-", with: "%2D").replacing("_", with: "%5F")
            },
            LinkMangling(testDescription: "each - and _ encoded twice") {
                $0.replacing("-", with: "%252D").replacing("_", with: "%255f")
            },
            LinkMangling(testDescription: "every sign encoded") {
                $0.utf8.map { "%" + String($0, radix: 16) }.joined()
            },
            LinkMangling(testDescription: "in angle brackets") { "<\($0)>" },
            LinkMangling(testDescription: "in encoded angle brackets") { "%3C\($0)%3E" },
            LinkMangling(testDescription: "twice") { "\($0)\($0)" },
        ]

    private static let behind = [
        ".", ",", ")", "]", "}", ";", ":", "!", "?", "'", "\"", ">", "*", "**", "|", "=", "==", "\\", " ", "\t",
        "\u{2019}",
        "\u{201D}", "\u{00BB}", "\u{200B}", "\u{00A0}", "\u{FEFF}", "-", "_", "&utm_source=news", "&amp;x=1", "%3E",
        "%22", "%20",
        "%0D%0A", "%29", "%5D", "%2E", "%252E", "%E2%80%9D", "%C2%A0", "%", "%3", "%zz", ">.", ").", "\u{3002}",
        "\u{FF09}",
        "%20%3Chttps", "=0D=0A", "...", "\u{2026}", "<br>", "&gt;", "A", "\r\n",
    ]
    private static let before = [" ", "%20", "\"", "%22", "\u{200B}", "(", "\u{201C}", "'"]
    private static let between = [
        "\r\n", "=\r\n", "=%0D%0A", " ", "%20", "%0A", "\r\n ", "\u{00AD}", "\u{200B}", "%E2%80%8B",
    ]
}
