import Mail
import TestSupport
import Testing

@Suite struct EmailAddressTests {
    static let good: [(String, wire: String)] = [
        ("ann@example.org", "ann@example.org"),
        ("  ann@example.org\t\r\n", "ann@example.org"),
        ("Ann.Lee+news@Example.ORG", "Ann.Lee+news@example.org"),
        ("o'neil!#$%&*/=?^_`{|}~-@example.org", "o'neil!#$%&*/=?^_`{|}~-@example.org"),
        ("ann@blåbær.no", "ann@xn--blbr-roah.no"),
        ("ann@BLÅBÆR.no", "ann@xn--blbr-roah.no"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@xn--blbr-roah.no", "ann@xn--blbr-roah.no"),
        ("ann@a.b.c.d.example", "ann@a.b.c.d.example"),
        ("ann@r3---sn-4g5.example.org", "ann@r3---sn-4g5.example.org"),
        ("ann@１２３.example.org", "ann@123.example.org"),
        ("åse@example.no", "åse@example.no"),
        (String(repeating: "a", count: 64) + "@example.org", String(repeating: "a", count: 64) + "@example.org"),
        (long(254), long(254)),
    ]

    /// So many octets in all: 64 before the @, three labels behind it.
    static func long(_ octets: Int) -> String {
        func letters(_ count: Int) -> String { String(repeating: "a", count: count) }
        return "\(letters(64))@\(letters(63)).\(letters(63)).\(letters(octets - 193 - 4)).org"
    }

    static let bad: [(String, because: EmailAddress.Problem)] = [
        ("", .missing), (" \t ", .missing),
        ("ann", .incomplete), ("@example.org", .incomplete), ("ann@", .incomplete),
        (String(repeating: "a", count: 65) + "@example.org", .tooLong), (long(255), .tooLong),
        (
            "a@" + Array(repeating: String(repeating: "b", count: 60), count: 4).joined(separator: ".")
                + ".example.org", .tooLong
        ),
        (String(repeating: "x", count: 2_000) + "@example.org", .tooLong),
        ("ann@localhost", .unusableDomain), ("ann@[192.0.2.1]", .unusableDomain), ("ann@192.0.2.1", .unusableDomain),
        ("ann@example..org", .unusableDomain), ("ann@.example.org", .unusableDomain),
        ("ann@example.org.", .unusableDomain),
        ("ann@-example.org", .unusableDomain), ("ann@exa_mple.org", .unusableDomain),
        ("ann@exa mple.org", .unusableDomain),
        ("ann@" + String(repeating: "b", count: 64) + ".org", .unusableDomain), ("ann@xn--a.org", .unusableDomain),
        ("ann@example.org>", .unusableDomain), ("ann@example.org\u{0}", .unusableDomain),
        ("ann@example.org,bob@example.org", .invalid), ("ann@bob@example.org", .invalid),
        ("\"ann lee\"@example.org", .invalid), ("ann(her)@example.org", .invalid), ("ann lee@example.org", .invalid),
        (".ann@example.org", .invalid), ("ann.@example.org", .invalid), ("an..n@example.org", .invalid),
        ("<ann@example.org", .invalid), ("ann\r\nRCPT TO:<bob@example.net>@example.org", .invalid),
        ("ann\u{0}@example.org", .invalid), ("ann\u{7F}@example.org", .invalid), ("ann\\@example.org", .invalid),
        ("an\u{200B}n@example.org", .invalid), ("an\u{202E}n@example.org", .invalid),
        ("ann\u{A0}@example.org", .invalid),
    ]

    @Test(arguments: good) func `an address is taken as it is typed, its domain as A-labels`(text: String, wire: String)
        throws
    {
        let address = try EmailAddress(text)
        #expect(Array(address.wire.utf8) == Array(wire.utf8))
        #expect(try EmailAddress(address.wire) == address)
        #expect(EmailAddress(stored: address.wire) == address)
    }

    @Test func `what a store gives back is trusted only as far as the envelope's syntax`() {
        for text in ["", "ann", "@", "ann@", "a b@c.example", "ann\r\n@c.example", "<ann@c.example>"] {
            #expect(EmailAddress(stored: text) == nil)
        }
    }

    @Test(arguments: bad) func `what is no address says what to do about it`(
        text: String, problem: EmailAddress.Problem
    ) {
        #expect(throws: problem) { try EmailAddress(text) }
    }

    @Test func `two spellings of one mailbox have one key`() throws {
        #expect(try EmailAddress("Ann@Example.org").key == EmailAddress("ann@example.ORG").key)
        let composed = try EmailAddress("\u{C5}se@bl\u{E5}b\u{E6}r.no")
        let decomposed = try EmailAddress("a\u{30A}se@bla\u{30A}b\u{E6}r.no")
        #expect(Array(composed.key.utf8) == Array(decomposed.key.utf8))
        #expect(composed != decomposed)
        #expect(try EmailAddress("ann+news@example.org").key != EmailAddress("ann@example.org").key)
        #expect(try EmailAddress("an.n@example.org").key != EmailAddress("ann@example.org").key)
    }

    @Test func `only a local part beyond ASCII needs SMTPUTF8`() throws {
        #expect(try EmailAddress("åse@example.no").needsSMTPUTF8)
        #expect(try !EmailAddress("ann@blåbær.no").needsSMTPUTF8)
    }

    @Test func `an address does not describe itself`() throws {
        let address = try EmailAddress("ann@example.org")
        var dumped = ""
        dump([address], to: &dumped)
        for text in [
            "\(address)", String(reflecting: address), String(describing: [address]), dumped,
            "\(Optional(address) as Any)",
        ] {
            #expect(!text.contains("ann") && !text.contains("example") && text.contains("[redacted]"), "\(text)")
        }
    }

    @Test func `whatever is typed, an address is fit for an envelope`() {
        let pieces = [
            "ann", "@", ".", "example.org", "\r\n", "\n", " ", "<", ">", "\"", "å", "xn--", "-", "\u{0}", "a\u{301}",
            "(", ",", "\u{202E}", "。",
        ]
        var random = Seeded(1)
        for _ in 0..<20_000 {
            let text = random.text(of: pieces, upTo: 8)
            guard let address = try? EmailAddress(text) else { continue }
            let wire = Array(address.wire.utf8)
            #expect(wire.count <= 254 && address.localPart.utf8.count <= 64)
            #expect(!wire.contains { $0 <= 0x20 || $0 == 0x7F || "<>\"(),:;\\[]".utf8.contains($0) })
            #expect(address.domain.utf8.allSatisfy { $0 < 0x80 } && address.domain.contains("."))
            #expect((try? EmailAddress(address.wire)) == address)
        }
    }
}
