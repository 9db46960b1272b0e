import CourantTesting
import Foundation
import PeopleFiles
import Testing

/// Files as other tools write them: made-up people in real shapes, in `Tests/Samples/people`.
@Suite struct SurveyTests {
    private static func survey(_ name: String, _ options: Survey.Options = Survey.Options()) throws -> Survey {
        try Survey(path: URL.repository.appending(path: "Tests/Samples/people/\(name)").path, options)
    }

    @discardableResult private static func written<Value>(
        _ bytes: Data?, _ body: (Survey) throws -> Value = { $0 }
    ) throws -> Value {
        let folder = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "people.csv")
        try #require(bytes).write(to: file)
        return try body(Survey(path: file.path))
    }

    @discardableResult private static func written<Value>(
        _ text: String, _ body: (Survey) throws -> Value = { $0 }
    ) throws -> Value { try written(Data(text.utf8), body) }

    private static func rows(
        _ survey: Survey, _ purpose: PeopleParts.Purpose = .moving, order: FileDay.Order? = nil
    ) throws -> [String] {
        var (parts, lines) = (try PeopleParts(survey, purpose, order: order), [String]())
        while let event = try parts.next() {
            switch event {
            case .part(let part): lines += part.text.split(separator: "\n").map(String.init)
            case .bad(let line, let words): lines.append("\(line): \(words)")
            }
        }
        return lines
    }

    private static let files: [(String, Tool, [String])] = [
        (
            "subscribed_members_export_4f2a.csv", .mailchimp,
            [
                "email,name,confirmed_at,asked_at",
                "ann.lee@example.org,Ann Lee,2023-04-03T10:16:02Z,2023-04-03T10:15:22Z",
                "zoe@example.org,\"Zoë O'Neil, Jr.\",2022-11-01T08:00:00Z,2022-11-01T08:00:00Z",
            ]
        ),
        ("unsubscribed_members_export_4f2a.csv", .mailchimp, []), ("cleaned_members_export_4f2a.csv", .mailchimp, []),
        (
            "hubspot.csv", .hubspot,
            ["email,name,language,last_contact", "ann@example.org,Ann Lee,nb,2026-01-02T09:30:00Z"]
        ),
        ("listmonk.csv", .listmonk, ["email,name", "ann@example.org,Ann Lee"]),
        ("keila.csv", .keila, ["email,name", "ann@example.org,Ann Lee"]),
        (
            "mailman.txt", .mailman,
            ["email,name", "ann@example.org,Ann Lee", "zoe@example.org,\"O'Neil, Zoë\"", "bob@example.org,"]
        ),
        ("sendy.csv", .csv, ["email,name", "ann@example.org,Ann Lee", "bob@example.org,"]),
        ("ghost.csv", .ghost, ["email,name", "ann@example.org,Ann Lee"]),
        ("buttondown.csv", .buttondown, ["email", "ann@example.org", "di@example.org"]),
        ("excel-utf16.csv", .csv, ["email,name,confirmed_at", "ann@example.org,Åse,2025-01-02"]),
        ("sep.csv", .csv, ["email,name,confirmed_at", "ann@example.org,Jürgen Groß,2024-12-31"]),
        ("two-states.csv", .csv, ["email", "bob@example.org"]),
    ]

    @Test(arguments: files) func `each tool's file is known by itself, and gives who is subscribed`(
        _ name: String, _ tool: Tool, _ rows: [String]
    ) throws {
        let survey = try Self.survey(name)
        #expect(survey.map.tool == tool)
        #expect(try Self.rows(survey) == rows)
    }

    @Test(arguments: [
        "Company", "company_name", "Firma", "Selskap", "Bedrift", "Bedriftsnavn", "Företag", "Virksomhed", "Virksomhet",
        "Yritys", "Unternehmen", "Organisation", "Organization", "Organisasjon",
    ]) func `a company's column is known by its name, and leaves only where the list asks`(_ name: String) throws {
        try Self.written("email,\(name),Phone\nann@example.org,\"Søn & Co., A/S\",1\n") { survey in
            #expect(survey.map.unusedCompany == name && survey.map.unusedCount == 2)
            #expect(try Self.rows(survey) == ["email", "ann@example.org"])
            var asked = survey
            try asked.useCompany()
            #expect(asked.map.unusedCompany == nil && asked.map.used == ["email", name])
            #expect(try Self.rows(asked) == ["email,company", "ann@example.org,\"Søn & Co., A/S\""])
        }
    }

    @Test func `two columns of companies are nobody's guess, and no hindrance where none is asked for`() throws {
        try Self.written("email,Company,Firma\nann@example.org,Acme,Quux\n") { survey in
            let rows = try Self.rows(survey)
            #expect(rows == ["email", "ann@example.org"])
            var asked = survey
            #expect(throws: Survey.Fault.map(.twice(.company, ["Company", "Firma"]))) { try asked.useCompany() }
        }
    }

    @Test func `who left is offered to be blocked, and nobody else where the file says how people stand`() throws {
        for (name, addresses) in [
            ("unsubscribed_members_export_4f2a.csv", ["gone@example.org"]),
            ("cleaned_members_export_4f2a.csv", ["dead@example.org"]),
            ("keila.csv", ["bob@example.org", "cy@example.org"]), ("buttondown.csv", ["cy@example.org"]),
            ("two-states.csv", ["ANN@example.org"]),
        ] {
            #expect(try Self.rows(Self.survey(name), .blocking) == ["email"] + addresses, "\(name)")
        }
        #expect(try Self.rows(Self.survey("mailman.txt"), .blocking).count == 4)
    }

    @Test func `a file's name says how people stand where no column does`() throws {
        let folder = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "unsubscribed-march.csv")
        for (text, left) in [("email\na@example.org\n", 1), ("email,status\na@example.org,subscribed\n", 0)] {
            try Data(text.utf8).write(to: file)
            let survey = try Survey(path: file.path)
            #expect(survey.standings[.left] ?? 0 == left && survey.subscribed == 1 - left)
        }
    }

    @Test func `a spreadsheet's own format, and what is no text, are told by what they are`() throws {
        for (bytes, isSpreadsheet) in [
            (Array("PK".utf8) + [3, 4, 20, 0, 6, 0, 0xA9], true), ([0x7F, 0x45, 0x4C, 0x46, 2, 0, 0, 0, 1], false),
        ] {
            let folder = try URL.temporary()
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: "people")
            try Data(bytes).write(to: file)
            #expect(throws: Survey.Fault.noText(isSpreadsheet: isSpreadsheet)) { try Survey(path: file.path) }
        }
    }

    @Test func `addresses with and without a name, a line each, are no table`() throws {
        try Self.written("a@example.org\nBo Lee <b@example.org>\n\"Cy, the Third\" <c@example.org>\n") { survey in
            #expect(survey.shape.isLines)
            let rows = try Self.rows(survey)
            #expect(
                rows == ["email,name", "a@example.org,", "b@example.org,Bo Lee", "c@example.org,\"Cy, the Third\""],
                "\(rows)")
        }
    }

    @Test func `whoever stands in two states has left`() throws {
        let survey = try Self.survey("two-states.csv")
        #expect(survey.contradicting == 1 && survey.standings[.unknown("sleeping")] == 1 && survey.subscribed == 2)
    }

    @Test func `days that can be read in two ways are asked about, and a proof anywhere in the file is enough`() throws
    {
        for (name, days) in [("brevo.csv", "2023-04-03T10:15:22Z"), ("mac.csv", "2024-04-03")] {
            let survey = try Self.survey(name)
            #expect(survey.asksForOrder && survey.order == nil)
            #expect(try Self.rows(survey, order: .dayFirst)[1].hasSuffix(days))
            #expect(try Self.rows(survey).contains { $0.contains("A day in it is written") })
        }
        try Self.written("email,consent date\na@example.org,03/04/2024\nb@example.org,31/12/2023\n") { proven in
            #expect(!proven.asksForOrder && proven.order == .dayFirst)
            let rows = try Self.rows(proven)
            #expect(rows[1] == "a@example.org,2024-04-03")
        }
        #expect(throws: Survey.Fault.mixedDays(first: 3)) {
            try Self.written("email,consent date\na@example.org,12/31/2024\nb@example.org,31/12/2023\n")
        }
    }

    @Test func `what is not UTF-8 is shown and not guessed in silence`() throws {
        let survey = try Self.survey("excel-nb.csv")
        guard case .likely(.windows1252, let line, let text) = survey.encoding else {
            Issue.record("\(survey.encoding)")
            return
        }
        #expect(line == 1 && text.contains("Språk"))
        #expect(
            try Self.rows(survey, .telling) == [
                "email,name,language,last_contact", "ann@example.org,Åse Ødegård,nb,2026-03-01",
                "bob@example.org,Bob,,",
            ])
        let mixed = Data("email,name\na@example.org,Åse\nb@example.org,".utf8) + [0xD8, 0x6C, 0x0A]
        #expect(throws: Survey.Fault.mixedEncoding(line: 3)) { try Self.written(mixed) }
    }

    @Test func `a file of another tool than named is read by its columns all the same, or refused with their names`()
        throws
    {
        var options = Survey.Options()
        options.tool = .ghost
        #expect(try Self.rows(Self.survey("keila.csv", options)) == ["email,name", "ann@example.org,Ann Lee"])
        #expect(throws: Survey.Fault.map(.noAddress(["Telefon", "Navn"]))) { try Self.written("Telefon;Navn\n1;Ann\n") }
        #expect(throws: Survey.Fault.map(.twice(.email, ["email", "E-post"]))) {
            try Self.written("email;E-post\na@example.org;b@example.org\n")
        }
        #expect(throws: Survey.Fault.empty) { try Self.written("\n\n") }
        #expect(throws: Survey.Fault.file(.unreadable("/nowhere"))) { try Survey(path: "/nowhere") }
    }

    @Test func `a column can be named as the day of the consent`() throws {
        var options = Survey.Options()
        options.dayColumn = "created_at"
        let rows = try Self.rows(Self.survey("listmonk.csv", options))
        #expect(rows == ["email,name,confirmed_at", "ann@example.org,Ann Lee,2023-04-03T10:15:22.123Z"])
        options.dayColumn = "nothing"
        #expect(throws: Survey.Fault.map(.noSuchColumn("nothing"))) { try Self.survey("listmonk.csv", options) }
    }

    @Test func `cells may be missing at the end, and none may be too many`() throws {
        let file = "email,name,\na@example.org\nb@example.org,Bo,,,\nc@example.org,Cy,,x\n\n,,,\n"
        let rows = try Self.written(file) { try Self.rows($0) }
        #expect(
            rows == ["4: \(RecordFault.extraCells.words)", "email,name", "a@example.org,", "b@example.org,Bo"])
    }

    @Test func `a file by another Courant gives each basis for itself, and asks nobody who is restricted`() throws {
        let file =
            """
            email,name,language,state,class,basis,source,asked_at,confirmed_at,wording,policy,evidence,last_contact
            a@example.org,'=Ann,nb,active,subscriber,consent,form,2025-01-01T00:00:00.000Z,2025-01-01T00:00:00.250Z,Yes,1,Form,2025-02-01T00:00:00.000Z
            b@example.org,,nb,restricted,partner,legitimate-interest,fair,,,,,,2025-02-01T00:00:00.000Z
            """
        try Self.written(file) { survey in
            #expect(survey.map.tool == .courant)
            let moving = try Self.rows(survey)
            #expect(moving.count == 2 && moving[1].contains("'=Ann") && moving[1].contains("2025-01-01T00:00:00.250Z"))
            let telling = try Self.rows(survey, .telling)
            #expect(telling[1] == "b@example.org,,nb,2025-02-01T00:00:00Z,partner,fair,restricted")
            let asking = try Self.rows(survey, .asking)
            #expect(asking.count == 2)
        }
    }

    @Test func `nothing that is thrown at it makes it stop or lose count`() throws {
        var random = SystemRandomNumberGenerator()
        let words = [
            "email", "name", ",", ";", "\"", "\n", "\r\n", "a@example.org", "03/04/2024", "unsubscribed", "status", "Å",
            "\t",
            "sep=;\n", "<b@example.org>", "Email Address", "OPTIN_TIME", "\0",
        ]
        let encodings: [String.Encoding] = [.utf8, .utf16LittleEndian, .utf16, .windowsCP1252]
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0...40)).compactMap { _ in words.randomElement(using: &random) }.joined()
            let encoding = encodings.randomElement(using: &random) ?? .utf8
            try? Self.written(text.data(using: encoding, allowLossyConversion: true)) { survey in
                let rows = try Self.rows(survey, .asking).count
                #expect(survey.subscribed <= text.count && rows <= text.count + 1)
            }
        }
    }
}

@Suite struct FileDayTests {
    private static let good: [(String, String)] = [
        ("2023-04-03", "2023-04-03"), ("2023-04-03 10:15:22", "2023-04-03T10:15:22Z"),
        ("2023-04-03T10:15:22.123456Z", "2023-04-03T10:15:22.123Z"), ("2023/04/03", "2023-04-03"),
        ("2023-04-03 10:15:22+02:00", "2023-04-03T10:15:22+02:00"), ("2023-04-03 10:15 UTC", "2023-04-03T10:15:00Z"),
        ("03.04.2023", "2023-04-03"), ("3.4.2023 9:05", "2023-04-03T09:05:00Z"), ("31/12/2023", "2023-12-31"),
        ("12/31/2023 1:05 PM", "2023-12-31T13:05:00Z"), ("04/04/2023", "2023-04-04"), ("Apr 3, 2023", "2023-04-03"),
        ("3 April 2023", "2023-04-03"), ("29.02.2024", "2024-02-29"), (" 2023-04-03 ", "2023-04-03"),
    ]

    @Test(arguments: good) func `days are read as they are written`(_ text: String, _ day: String) {
        let reading = FileDay.read(text)
        #expect(reading.flatMap { FileDay.text($0, nil) } == day)
    }

    @Test(arguments: [
        "", "x", "2023-02-30", "29.02.2023", "03/04/23", "2023-13-01", "13/13/2023", "1.2.3.2023", "2023-04-03 25:00",
    ])
    func `what is no day is none`(_ text: String) { #expect(FileDay.read(text) == nil) }

    @Test func `what can be read in two ways is neither before somebody says so`() throws {
        let reading = try #require(FileDay.read("03/04/2023"))
        #expect(FileDay.text(reading, nil) == nil)
        #expect(FileDay.text(reading, .dayFirst) == "2023-04-03" && FileDay.text(reading, .monthFirst) == "2023-03-04")
    }
}

@Suite struct SafeCSVTests {
    @Test(arguments: ["=cmd()", "+47", "-1", "@x", "'t Hooft", "'=x", "a,b", "say \"hi\"", "\tx", "Ann"])
    func `no field is a formula, and its mark can be taken off again`(_ text: String) {
        let field = SafeCSV.field(text)
        #expect(field.unicodeScalars.first.map { !"=+-@\t".unicodeScalars.contains($0) } == true)
        let bare = field.hasPrefix("\"") ? String(field.dropFirst().dropLast()).replacing("\"\"", with: "\"") : field
        #expect((bare.hasPrefix("'") ? String(bare.dropFirst()) : bare) == text)
    }
}
