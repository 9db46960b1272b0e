import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

/// What people take with them: complete, of the published shape, and harmless in a spreadsheet.
@Suite struct ExportTests {
    /// Somebody with as much as one can have: three lists, a consent from elsewhere, a name, a company, a change under way, undelivered mail, a fingerprint, a request.
    static func rich() async throws -> (app: TestApp, export: Export) {
        let app = try await TestApp.start { $0.organisation.authority = "Datatilsynet, www.datatilsynet.no" }
        try await app.createList("partners", title: "Partners", basis: .legitimateInterest)
        try await app.createList("events", title: "Events", asksCompany: true)
        try await app.ask(company: true)
        try await app.subscribe("ann@example.org", name: "Zoë \"Ann\" Ångström, =1+1", company: "Søn & Datter A/S")
        try await app.bringIn("email\nann@example.org\n", onto: "partners", basis: .legitimateInterest)
        try await app.deliverAllMail()
        let partners = try await app.find("ann@example.org").subscriptions.first {
            $0.subscription.list.slug.text == "partners"
        }
        let link = UnsubscribeLink(try #require(partners).subscription.id, place: .body, keyring: app.courant.keyring)
        try await app.courant.subscriptions.unsubscribe(link, everything: false)
        app.clock.advance(.seconds(3600))
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "later", to: .recipient)) }
        try await app.signUp("ann@example.org", lists: ["events"])
        app.clock.advance(.seconds(601))
        try await app.signUp("ann@example.org", name: "Ann B.", company: "Acme", lists: ["events"])
        try await app.launch()
        try await app.deliverAllMail()
        try await app.createList("moved", title: "Moved")
        try await app.move("email,confirmed_at\nann@example.org,2025-12-01\n", onto: "moved")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("new@example.org"))
        let (keyring, now) = (app.courant.keyring, app.clock.wall.now())
        try await app.courant.store.write { tx in
            for held in try tx.subscriptions(digest: keyring.digest(of: EmailAddress("ann@example.org"))) {
                try tx.asked(held.id, at: now)
                try tx.hold(held.id, Hold(status: "5.1.1", campaign: nil, domain: nil), at: now)
            }
        }
        _ = try await app.courant.rights.open(.access, about: EmailAddress("ann@example.org"), by: .staff("Pia"))
        return (app, app.courant.rights.export(try await app.find("ann@example.org")))
    }

    @Test func `everything is in it, and it is of the published shape`() async throws {
        let (app, export) = try await Self.rich()
        let value = try JSONSerialization.jsonObject(with: export.json())
        #expect(try ExportSchema.published().problems(value).isEmpty)
        let data = try #require(value as? [String: Any])
        let items = try #require(data["subscriptions"] as? [[String: Any]])
        #expect(items.count == 3 && items.contains { !($0["deliveries"] as? [Any] ?? []).isEmpty })
        #expect(
            items.contains { !($0["links"] as? [Any] ?? []).isEmpty && !($0["waiting_mails"] as? [Any] ?? []).isEmpty })
        #expect(
            items.allSatisfy { ($0["address_change"] as? [String: Any])?["address"] as? String == "new@example.org" })
        #expect((data["never_again"] as? [Any])?.count == 1 && (data["open_requests"] as? [Any])?.count == 1)
        let text = String(decoding: try export.json(), as: UTF8.self)
        for words in ["Example AS", "Storgata 1", "privacy@example.org", "www.datatilsynet.no", "localhost"] {
            #expect(text.contains(words), "\(words)")
        }
        _ = app
    }

    @Test func `it fits the shape also of one who has nothing, and in each language`() async throws {
        let app = try await TestApp.start()
        let nothing = try await app.find("nobody@example.org")
        for language in app.courant.templates.languages {
            let json = try app.courant.rights.export(nothing, in: language).json()
            #expect(try ExportSchema.published().problems(JSONSerialization.jsonObject(with: json)).isEmpty)
            #expect(!String(decoding: json, as: UTF8.self).contains("disclosure."))
        }
    }

    @Test func `the schema notices what is missing, unknown or of another kind`() async throws {
        let (_, export) = try await Self.rich()
        let value = try #require(try JSONSerialization.jsonObject(with: export.json()) as? [String: Any])
        for spoil: (inout [String: Any]) -> Void in [
            { $0["address"] = nil }, { $0["secret"] = "x" }, { $0["version"] = 1 }, { $0["subscriptions"] = "none" },
            { $0["exported_at"] = "yesterday" }, { $0["never_again"] = [["since": 5]] },
        ] {
            var spoiled = value
            spoil(&spoiled)
            #expect(try !ExportSchema.published().problems(spoiled).isEmpty)
        }
    }

    // MARK: CSV

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""),
        ("=1+1", "'=1+1"), ("+47", "'+47"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("\rx", "\"'\rx\""),
        ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""), ("＝1", "'＝1"), ("", ""), ("a=b", "a=b"),
    ])
    func `a field is quoted where it must be and never a formula`(_ text: String, _ field: String) {
        #expect(CSV.field(text) == field)
    }

    @Test func `the CSV has each value of the JSON, in records of two`() async throws {
        let (_, export) = try await Self.rich()
        let csv = try export.csv()
        #expect(csv.starts(with: [0xEF, 0xBB, 0xBF]) && csv.suffix(2) == Data("\r\n".utf8))
        let text = String(decoding: csv, as: UTF8.self)
        for line in [
            "subscriptions.1.name,\"Zoë", "subscriptions.1.company,Søn & Datter A/S", "subscriptions.2.list.slug,",
            "disclosure.rights.6,", "version,4\r\n",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(text.contains("Zoë \"\"Ann\"\" Ångström, =1+1\""))
    }

    // MARK: While somebody erases

    @Test func `an erasure meanwhile leaves an export whole, or none`() async throws {
        let app = try await TestApp.start()
        for round in 1...20 {
            let address = "ann\(round)@example.org"
            try await app.subscribe(address, name: "Ann")
            let link = try await app.privacyLink(address)
            async let erased = app.courant.rights.erase(.link(link))
            do {
                let held = try await app.courant.rights.held(link)
                let json = try app.courant.rights.export(held).json()
                #expect(held.subscriptions.count == 1)
                #expect(try ExportSchema.published().problems(JSONSerialization.jsonObject(with: json)).isEmpty)
            } catch Refusal.linkExpired {}
            #expect(try await erased == 1)
        }
    }
}

/// As much of JSON Schema (2020-12) as ours uses; a keyword that it does not know is a problem of its own.
struct ExportSchema {
    let root: [String: Any]

    static func published() throws -> ExportSchema {
        let file = URL.repository.appending(path: "templates/assets/export-4.schema.json")
        let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        return ExportSchema(root: try #require(root))
    }

    func problems(_ value: Any) -> [String] { problems(value, root, at: "$") }

    private func problems(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
        schema.flatMap { keyword, rule -> [String] in
            switch (keyword, rule) {
            case ("$schema", _), ("$id", _), ("title", _), ("description", _), ("$defs", _): return []
            case ("$ref", let name as String):
                let name = name.replacing("#/$defs/", with: "")
                guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
                    return ["no \(name)"]
                }
                return problems(value, target, at: path)
            case ("type", let type as String): return isOf(type, value) ? [] : ["\(path) is no \(type)"]
            case ("const", let constant as NSNumber):
                return (value as? NSNumber) == constant ? [] : ["\(path) is another"]
            case ("enum", let words as [String]):
                return words.contains(value as? String ?? "") ? [] : ["\(path) is no word"]
            case ("pattern", let pattern as String):
                return (value as? String)?.range(of: pattern, options: .regularExpression) != nil
                    ? [] : ["\(path): pattern"]
            case ("format", _):
                return (value as? String).flatMap { try? Date($0, strategy: .iso8601) } != nil
                    ? [] : ["\(path) is no time"]
            case ("required", let names as [String]):
                return names.filter { (value as? [String: Any])?[$0] == nil }.map { "\(path).\($0) is missing" }
            case ("properties", let rules as [String: [String: Any]]):
                return rules.flatMap { name, rule in
                    (value as? [String: Any])?[name].map { problems($0, rule, at: "\(path).\(name)") } ?? []
                }
            case ("additionalProperties", _):
                let known = Set((schema["properties"] as? [String: Any] ?? [:]).keys)
                return Set((value as? [String: Any] ?? [:]).keys).subtracting(known).map { "\(path).\($0) is unknown" }
            case ("items", let rule as [String: Any]):
                return (value as? [Any] ?? []).enumerated().flatMap { problems($1, rule, at: "\(path)[\($0)]") }
            default: return ["\(keyword) is not understood here"]
            }
        }
    }

    private func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "integer", "boolean": value is NSNumber
        default: false
        }
    }
}
