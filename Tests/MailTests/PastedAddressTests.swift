import Mail
import TestSupport
import Testing

/// Addresses as people bring them: mended where that can mean one thing only, else refused with what is wrong.
@Suite struct PastedAddressTests {
    private static let ann = "ann@example.org"

    static let mended: [(String, wire: String)] = [
        // Signs that nobody sees
        ("\u{200B}ann@example.org", ann), ("ann@example.org\u{200B}", ann), ("\u{FEFF}ann@example.org", ann),
        ("ann@example.org\u{FEFF}", ann), ("\u{A0}ann@example.org\u{A0}", ann), ("ann@example.org\u{3000}", ann),
        ("\u{202F}ann@example.org", ann), ("\u{2003}ann@example.org", ann), ("\u{AD}ann@example.org", ann),
        ("ann@exam\u{AD}ple.org", ann), ("a\u{AD}nn@example.org", ann), ("an\u{200B}n@example.org", ann),
        ("ann\u{200B}@example.org", ann), ("ann@\u{200B}example.org", ann), ("ann@example\u{200B}.org", ann),
        ("ann\u{FEFF}@example.org", ann), ("ann\u{2060}@example.org", ann),
        ("\u{202A}ann@example.org\u{202C}", ann), ("\u{2068}ann@example.org\u{2069}", ann),
        ("\u{200E}ann@example.org", ann), ("ann@example.org\u{200F}", ann), ("ann\u{FE0F}@example.org", ann),
        ("\u{200B}åse@example.no\u{200B}", "åse@example.no"),
        // White space
        ("  ann@example.org\t\r\n", ann), ("ann @example.org", ann), ("ann@ example.org", ann),
        ("ann @ example.org", ann), ("ann\u{A0}@example.org", ann), ("ann@\nexample.org", ann),
        // Links and labels
        ("mailto:ann@example.org", ann), ("MAILTO:ann@example.org", ann), ("mailto: ann@example.org", ann),
        ("mailto:ann@example.org?subject=Hello", ann),
        ("mailto:ann%40example.org", ann), ("mailto:ann%2Bnews@example.org", "ann+news@example.org"),
        ("mailto:%20ann@example.org", ann), ("SMTP:ann@example.org", ann), ("E-mail: ann@example.org", ann),
        ("E-post: ann@example.org", ann), ("email:ann@example.org", ann),
        // Names and brackets
        ("<ann@example.org>", ann), ("<<ann@example.org>>", ann), ("Ann Lee <ann@example.org>", ann),
        ("\"Lee, Ann\" <ann@example.org>", ann), ("Åse Lee <ann@example.org>;", ann),
        ("Ann <mailto:ann@example.org>", ann), ("<mailto:ann@example.org>", ann),
        ("ann@example.org <ann@example.org>", ann), ("ann@example.org <mailto:Ann@Example.org>", "Ann@example.org"),
        ("Ann Lee (ann@example.org)", ann), ("Ann Lee [ann@example.org]", ann), ("(ann@example.org)", ann),
        ("[ann@example.org]", ann), ("ann@example.org (Ann Lee)", ann), ("'Ann Lee' <ann@example.org>", ann),
        ("<ann@example.org", ann), ("ann@example.org>", ann), ("> ann@example.org", ann),
        // What stands behind it in a text
        ("ann@example.org.", ann), ("ann@example.org,", ann), ("ann@example.org;", ann), ("ann@example.org:", ann),
        ("ann@example.org!", ann), ("ann@example.org?", ann), ("ann@example.org ,", ann), ("ann@example.org...", ann),
        ("ann@example.org…", ann), ("ann@example.org/", ann), (",ann@example.org", ann), ("• ann@example.org", ann),
        // Quotation marks
        ("\"ann@example.org\"", ann), ("'ann@example.org'", ann), ("`ann@example.org`", ann),
        ("“ann@example.org”", ann), ("„ann@example.org“", ann), ("«ann@example.org»", ann), ("‘ann@example.org’", ann),
        ("\"ann@example.org", ann), ("ann@example.org'", ann), ("o’neil@example.org", "o'neil@example.org"),
        ("o'neil@example.org", "o'neil@example.org"), ("'o'neil@example.org'", "o'neil@example.org"),
        // Wide signs, and hyphens that do not break
        ("ann＠example.org", ann), ("ａｎｎ@example.org", ann), ("ａｎｎ＠ｅｘａｍｐｌｅ．ｏｒｇ", ann), ("ann@example。org", ann),
        ("ann﹫example.org", ann), ("ann.lee＋news@example.org", "ann.lee+news@example.org"), ("＜ann@example.org＞", ann),
        ("ann‑lee@example.org", "ann-lee@example.org"), ("ann@my‑example.org", "ann@my-example.org"),
        // Domains
        ("ann@EXAMPLE.ORG", ann), ("Ann@Example.Org", "Ann@example.org"), ("ann@blåbær.no", "ann@xn--blbr-roah.no"),
        ("ann@BLÅBÆR.NO.", "ann@xn--blbr-roah.no"), ("ann@xn--blbr-roah.no", "ann@xn--blbr-roah.no"),
        // Percent signs
        ("ann%40example.org", ann), ("ann%2Bnews%40example.org", "ann+news@example.org"), ("%20ann@example.org", ann),
        ("ann@example.org%20", ann), ("a%b@example.org", "a%b@example.org"),
    ]

    static let refused: [(String, because: EmailAddress.Fault)] = [
        ("", .missing), (" \u{200B}\u{A0} ", .missing), ("<>", .missing), ("mailto:", .missing), (",", .missing),
        ("ann", .noAt), ("ann.example.org", .noAt), ("ann(at)example.org", .noAt), ("https://example.org", .noAt),
        ("ann@@example.org", .severalAts), ("ann@bob@example.org", .severalAts),
        ("ann@example.org, bob@example.org", .severalAts), ("ann@example.org;bob@example.org", .severalAts),
        ("<ann@example.org> <bob@example.org>", .severalAts), ("bob@example.net <ann@example.org>", .severalAts),
        ("mailto:ann@example.org,bob@example.org", .severalAts),
        ("@example.org", .incomplete), ("ann@", .incomplete), ("ann@.", .incomplete),
        ("ann lee@example.org", .space), ("ann@example. org", .space), ("ann@exa mple.org", .space),
        ("Ann ann@example.org", .space), ("an\u{A0}n@example.org", .space), ("a\r\nb@example.org", .space),
        ("\u{202E}ann@example.org", .invisible), ("an\u{202E}n@example.org", .invisible),
        ("å\u{200B}se@example.no", .invisible), ("ann\u{0}@example.org", .invisible),
        ("ann@example.org\u{0}", .invisible), ("ann\u{7F}@example.org", .invisible),
        ("ann,lee@example.org", .sign(",")), ("ann(her)@example.org", .sign("(")),
        ("ann\\lee@example.org", .sign("\\")),
        ("\"ann\"@example.org", .sign("\"")), ("ann:lee@example.org", .sign(":")), ("ann–lee@example.org", .sign("–")),
        ("☺@example.org", .sign("☺")), ("ann@example,org", .sign(",")), ("ann@exa_mple.org", .sign("_")),
        ("ann@example.org/news", .sign("/")), ("ann@http://example.org", .sign(":")),
        ("ann@example;org", .sign(";")), ("ann@[192.0.2.1", .sign("[")), (".ann@example.org", .sign(".")),
        ("ann.@example.org", .sign(".")), ("an..n@example.org", .sign(".")), ("https://ann@example.org", .sign(":")),
        ("sip:ann@example.org", .sign(":")),
        ("ann@localhost", .domain), ("ann@example", .domain), ("ann@example..org", .domain), ("ann@.org", .domain),
        ("ann@192.0.2.1", .domain), ("ann@-example.org", .domain), ("ann@example-.org", .domain),
        (String(repeating: "a", count: 65) + "@example.org", .tooLong),
        (String(repeating: "x", count: 2_000) + "@example.org", .tooLong),
    ]

    @Test(arguments: mended) func `what can mean one address only is that address`(_ text: String, _ wire: String)
        throws
    {
        let address = try EmailAddress(pasted: text)
        #expect(Array(address.wire.utf8) == Array(wire.utf8))
        #expect(try EmailAddress(pasted: address.wire) == address)
    }

    @Test(arguments: refused) func `whatever else is refused, with what is wrong`(
        _ text: String, _ fault: EmailAddress.Fault
    ) {
        #expect(throws: fault) { try EmailAddress(pasted: text) }
        #expect(!fault.words.isEmpty && !fault.words.contains("example.org"))
    }

    @Test func `a plain address is what it was, and whatever is pasted is fit for an envelope`() throws {
        let pieces = [
            "ann", "@", ".", "example.org", "\r\n", " ", "<", ">", "\"", "'", "å", "xn--", "-", "\u{0}", "(", ")", "[",
            ",",
            "\u{202E}", "\u{200B}", "。", "％", "mailto:", "%40", "%20", "?", "’",
        ]
        var random = Seeded(2)
        for _ in 0..<20_000 {
            let text = random.text(of: pieces, upTo: 8)
            let pasted = try? EmailAddress(pasted: text)
            // Nothing is made another address but by what is encoded, curly or wide.
            if let strict = try? EmailAddress(text), let pasted, strict != pasted {
                #expect(
                    text.contains("%") || text.contains("’") || text.contains("'")
                        || !strict.localPart.utf8.allSatisfy { $0 < 0x80 })
            }
            guard let pasted else { continue }
            let wire = Array(pasted.wire.utf8)
            #expect(
                wire.count <= 254 && !wire.contains { $0 <= 0x20 || $0 == 0x7F || "<>\"(),:;\\[]".utf8.contains($0) })
        }
    }
}
