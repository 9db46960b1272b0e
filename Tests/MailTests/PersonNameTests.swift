import Mail
import TestSupport
import Testing

@Suite struct PersonNameTests {
    static let good = [
        "Ann", "Åse Øyvind Ærø", "J.R.R. Tolkien", "Dr.Smith", "O'Neil-Lee", "Ann \"Annie\" Lee", "A. N. Other, Jr.",
        "عمر", "שרה", "李小龍",
        "می‌خواهم", "👩‍👩‍👧‍👦 Lee", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u{301}a\u{30A}", "{{name}}", "<b>Ann</b>", "Ann & Bob", "=cmd|'/C calc'!A0",
        ".Ann", "St.John Rivers", "Ann.B", "3.5", "Ann... Lee",
        String(repeating: "é", count: 100), "1/2",
    ]

    static let bad: [(String, because: PersonName.Problem)] = [
        ("", .missing), ("  \t", .missing), ("\u{A0}\u{3000}", .missing),
        (String(repeating: "a", count: 101), .tooLong), (String(repeating: "👩‍👩‍👧‍👦", count: 50), .tooLong),
        (String(repeating: "a", count: 1_000_000), .tooLong),
        ("a" + String(repeating: "\u{301}", count: 300), .tooLong),
        ("Win at https://evil.example", .link), ("WWW.evil", .link), ("ann@example.org", .link),
        ("go to evil.com/now", .link),
        ("evil.co.uk/", .link), ("visit evil.com now", .link), ("evil.com", .link), ("Ann ex-ample.no", .link),
        ("EVIL.COM", .link), ("evil\u{FF0E}example/x", .link), ("evil\u{3002}com", .link), ("evil\u{2024}com", .link),
        ("hтtp:\u{2215}\u{2215}evil", .link), ("evil\u{2044}x", .link), ("//evil", .link), ("dr.com", .link),
        ("пример.рф", .link), ("Ann\u{FE6B}example", .link), ("Ann＠example.org", .link), ("HTTP://x", .link),
        ("Ann\r\nBcc: x", .unprintable), ("Ann\nLee", .unprintable), ("Ann\u{0}", .unprintable),
        ("Ann\u{85}Lee", .unprintable),
        ("Ann\u{2028}Lee", .unprintable), ("Ann\u{202E}eeL", .unprintable), ("\u{2066}Ann", .unprintable),
        ("\u{200B}", .unprintable),
        ("\u{200D}", .unprintable), ("A\u{200D}nn", .unprintable), ("\u{3164}", .unprintable),
        ("\u{2800}", .unprintable),
        ("\u{FEFF}Ann", .unprintable), ("Ann\u{AD}", .unprintable), ("\u{301}", .unprintable),
        ("\u{E0041}", .unprintable),
        ("\u{FFFF}", .unprintable), ("\u{E000}", .unprintable), ("\u{1B}[31mAnn", .unprintable),
    ]

    @Test(arguments: good) func `people are called many things`(text: String) throws {
        let name = try PersonName(text)
        #expect(name.text == text)
        #expect(try PersonName(name.text) == name)
    }

    @Test(arguments: bad) func `what is no name says what to do about it`(text: String, problem: PersonName.Problem) {
        #expect(throws: problem) { try PersonName(text) }
    }

    @Test func `a name is normalised and its white space plain`() throws {
        #expect(Array(try PersonName(" e\u{301}ve\u{A0}lee ").text.utf8) == Array("\u{E9}ve lee".utf8))
    }

    @Test func `a name does not describe itself`() throws {
        let name = try PersonName("Ann")
        var dumped = ""
        dump(name, to: &dumped)
        for text in ["\(name)", String(reflecting: name), dumped] {
            #expect(!text.contains("Ann") && text.contains("[redacted]"))
        }
    }

    @Test func `whatever is typed, a name is one short line that hides nothing`() {
        let pieces = [
            "Ann", " ", "\r\n", "\u{200D}", "👩", "\u{202E}", "\u{301}", "://", "www.", "@", ".no/", "\u{A0}", "\"", "ب",
            "\u{E0067}", "🏴", "\u{FE0F}",
        ]
        var random = Seeded(2)
        for _ in 0..<20_000 {
            guard let name = try? PersonName(random.text(of: pieces, upTo: 9)) else { continue }
            let text = name.text
            #expect(text.count <= 100 && text.utf8.count <= 400 && !text.utf8.isEmpty)
            #expect(
                !text.unicodeScalars.contains {
                    $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || (0x202A...0x202E).contains($0.value)
                })
            #expect(!text.contains("@") && !text.contains("://"))
            #expect((try? PersonName(text)) == name)
        }
    }
}
