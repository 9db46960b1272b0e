import DKIM
import DNS
import Foundation
import Testing

@Suite struct MailDNSTests {
    @Test func `where all is well nothing is to be done`() async {
        let findings = await Zone.well.look()
        #expect(findings.map(\.subject) == ["mx", "spf", "dmarc", "aligned", "dkim", "ptr"])
        #expect(findings.filter { $0.verdict != .well || $0.record != nil } == [])
    }

    @Test func `what nobody answers is never said to be missing`() async {
        let names = [
            "example.org", "_dmarc.example.org", "courant1._domainkey.example.org", "mx.example.org",
            "relay.example.org",
            "5.4.8.8.in-addr.arpa", "_dmarc.org", "default._bimi.example.org",
        ]
        for name in names {
            let findings = await Zone.well.with { $0.away = [name] }.look()
            #expect(findings.filter { $0.verdict == .wrong } == [], "\(name)")
        }
        let all = await Zone.well.with { $0.away = Set(names) }.look()
        #expect(all.allSatisfy { $0.verdict == .unknown })
        #expect(!all.isEmpty)
    }

    // MARK: MX

    @Test(arguments: [
        (["example.org": [""]], DNSFinding.Verdict.wrong, "takes no mail"),
        (["example.org": ["gone.example.org"]], .wrong, "has an address"),
        (["example.org": ["gone.example.org", "mx.example.org"]], .well, "come to mx.example.org"),
        ([:], .wrong, "has no MX"),
    ])
    func `bounces must be able to come back`(
        _ exchanges: [String: [String]], _ verdict: DNSFinding.Verdict, _ words: String
    ) async throws {
        let finding = try await Zone.well.with { $0.exchanges = exchanges }.find("mx")
        #expect(finding.verdict == verdict)
        #expect(finding.words.contains(words))
        #expect((finding.record?.type == "MX") == (verdict == .wrong))
    }

    @Test func `a bounce domain of its own is told where its domain's mail goes`() async throws {
        let findings = await Zone.well.look(envelopes: ["bounces.example.org"])
        let finding = try #require(findings.first { $0.subject == "mx" })
        #expect(finding.record == RecordToPaste("bounces.example.org", "MX", "10 mx.example.org."))
        let host = Zone.well.with { $0.addresses["bounces.example.org"] = ["8.8.4.4"] }
        #expect(try await host.find("mx", in: host.look(envelopes: ["bounces.example.org"])).verdict == .advice)
    }

    // MARK: SPF

    @Test(arguments: [
        (["v=spf1 ip4:8.8.4.0/24 ~all"], DNSFinding.Verdict.well, String?.none),
        (["V=SPF1 a:relay.example.org -all"], .well, nil),
        ([], .wrong, "v=spf1 a:relay.example.org ~all"),
        (["v=spf10 ~all"], .wrong, "v=spf1 a:relay.example.org ~all"),
        (["v=spf1 a ~all", "v=spf1 mx -all"], .wrong, "v=spf1 a mx ~all"),
        (["v=spf1 ip4:8.8.4.300 ~all"], .wrong, "v=spf1 ~all"),
        (["v=spf1 ipv4:8.8.4.4 ~all"], .wrong, "v=spf1 ~all"),
        (["v=spf1 a +all"], .wrong, "v=spf1 a ~all"),
        (["v=spf1 include:nothing.example.org ~all"], .wrong, nil),
        (["v=spf1 a:g1.example.org a:g2.example.org a:g3.example.org ~all"], .wrong, nil),
        (["v=spf1 redirect=loop.example.org"], .wrong, nil),
        (["v=spf1 ip4:8.8.4.5 ?all"], .advice, nil),
        (["v=spf1 ip4:8.8.4.5"], .advice, nil),
        (["v=spf1 ptr ip4:8.8.4.5 ~all"], .advice, nil),
        (["v=spf1 exists:%{i}.spf.example.org ip4:8.8.4.5 ~all"], .well, nil),
    ])
    func `an SPF record is read as receivers read it`(
        _ texts: [String], _ verdict: DNSFinding.Verdict, _ paste: String?
    ) async throws {
        let zone = Zone.well.with {
            $0.texts["example.org"] = texts
            $0.texts["loop.example.org"] = ["v=spf1 include:loop.example.org ~all"]
        }
        let finding = try await zone.find("spf")
        #expect(finding.verdict == verdict, "\(finding.words)")
        if let paste { #expect(finding.record == RecordToPaste("example.org", "TXT", paste)) }
    }

    @Test func `ten lookups are what receivers make, and the eleventh is too many`() async throws {
        func zone(_ count: Int) -> Zone {
            Zone.well.with { zone in
                let terms = (0..<count).map { "include:s\($0).example.org" }.joined(separator: " ")
                zone.texts["example.org"] = ["v=spf1 \(terms) ~all"]
                for index in 0..<count { zone.texts["s\(index).example.org"] = ["v=spf1 ip4:8.8.4.\(index) -all"] }
            }
        }
        #expect(try await zone(10).find("spf").verdict == .well)
        let finding = try await zone(11).find("spf")
        #expect(finding.verdict == .wrong)
        #expect(finding.words.contains("more than 10 lookups"))
    }

    @Test func `a known relay's own record is included, and asked for where it is not`() async throws {
        let relays = ["email-smtp.eu-north-1.amazonaws.com"]
        var finding = try await Zone.well.find("spf", in: Zone.well.look(relays: relays))
        #expect(finding.record?.value == "v=spf1 include:amazonses.com ip4:8.8.4.0/24 -all")
        let zone = Zone.well.with {
            $0.texts["example.org"] = ["v=spf1 include:amazonses.com -all"]
            $0.texts["amazonses.com"] = ["v=spf1 ip4:8.8.8.0/24 -all"]
        }
        finding = try await zone.find("spf", in: zone.look(relays: relays))
        #expect(finding.verdict == .well)
    }

    @Test func `each relay is looked at, also the one that is asked only when the first is away`() async throws {
        let relays = ["relay.example.org", "smtp.postmarkapp.com"]
        let zone = Zone.well.with { $0.addresses["smtp.postmarkapp.com"] = ["8.8.8.8"] }
        var finding = try await zone.find("spf", in: zone.look(relays: relays))
        #expect(finding.verdict == .advice && finding.words.contains("the relay smtp.postmarkapp.com asks for"))
        #expect(finding.record?.value.contains("include:spf.mtasv.net") == true)
        let including = zone.with {
            $0.texts["example.org"] = ["v=spf1 ip4:8.8.4.0/24 include:spf.mtasv.net -all"]
            $0.texts["spf.mtasv.net"] = ["v=spf1 ip4:9.9.9.0/24 -all"]
        }
        finding = try await including.find("spf", in: including.look(relays: relays))
        #expect(
            finding.verdict == .well
                && finding.words.contains("; relay.example.org may; whether smtp.postmarkapp.com may"))
    }

    // MARK: DMARC

    @Test(
        arguments: [
            ([], DNSFinding.Verdict.wrong, "v=DMARC1; p=none"),
            (["v=DMARC1; p=none", "v=DMARC1; p=reject"], .wrong, "v=DMARC1; p=none"),
            (["p=none; v=DMARC1"], .wrong, "v=DMARC1;p=none"),
            (["v=DMARC1; p=maybe"], .wrong, "v=DMARC1; p=none"),
            (["v=DMARC1; rua=mailto:a@example.org"], .wrong, "v=DMARC1; p=none; rua=mailto:a@example.org"),
            (["v=DMARC1; p=none; rua=mailto:a@example.org"], .advice, nil),
            (["v=DMARC1; p=reject"], .advice, nil),
            (["v=DMARC1; p=reject; pct=50; rua=mailto:a@example.org"], .advice, nil),
            (["v=DMARC1;p=reject;rua=mailto:a@reports.example.org"], .well, nil),
            (["v=DMARC1; p=reject; rua=mailto:a@example.net"], .advice, nil),
            (["v=DMARC1; p=reject; rua=mailto:a@agreed.example.net"], .well, nil),
        ] as [([String], DNSFinding.Verdict, String?)])
    func `a DMARC record is read as receivers read it`(
        _ texts: [String], _ verdict: DNSFinding.Verdict, _ paste: String?
    ) async throws {
        let zone = Zone.well.with {
            $0.texts["_dmarc.example.org"] = texts
            $0.texts["example.org._report._dmarc.agreed.example.net"] = ["v=DMARC1;"]
        }
        let finding = try await zone.find("dmarc")
        #expect(finding.verdict == verdict, "\(finding.words)")
        #expect(finding.record?.value == paste)
    }

    @Test func `a name without a policy has its organisation's, and sp where it says so`() async throws {
        let zone = Zone.well.with {
            $0.texts["_dmarc.example.org"] = ["v=DMARC1; p=reject; sp=none; rua=mailto:a@example.org"]
        }
        let finding = try await zone.find("dmarc", in: zone.look(from: ["news.example.org"]))
        #expect(finding.words.contains("news.example.org asks for none (_dmarc.example.org)"))
    }

    @Test func `the tree of names is walked as RFC 9989 has it`() async {
        let zone = Zone(texts: [
            "_dmarc.com": ["v=DMARC1; psd=y; p=none"], "_dmarc.a.example.com": ["v=DMARC1; p=none"],
            "_dmarc.own.example.com": ["v=DMARC1; p=none; psd=n"],
        ])
        for (name, organisation) in [
            ("x.a.example.com", "example.com"), ("a.own.example.com", "own.example.com"),
            ("example.net", "example.net"),
            ("a.b.c.d.e.f.g.h.i.example.com", "example.com"),
        ] {
            let walk = await DMARCWalk(name, zone)
            #expect(walk.organisation == organisation)
            #expect(walk.steps.count <= 8)
        }
    }

    // MARK: Alignment

    @Test(arguments: [
        ("bounces.example.org", true, DNSFinding.Verdict.well), ("example.net", true, .advice),
        ("bounces.example.org", false, .advice), ("example.net", false, .wrong),
    ])
    func `envelope and signature belong to what people see`(
        _ envelope: String, _ signs: Bool, _ verdict: DNSFinding.Verdict
    ) async throws {
        let signer = DKIMSigner(signs ? [Zone.key] : [])
        let findings = await Zone.well.look(envelopes: [envelope], signer: signer)
        #expect(try await Zone.well.find("aligned", in: findings).verdict == verdict)
    }

    @Test func `a strict policy asks for the very same domain`() async throws {
        let zone = Zone.well.with { $0.texts["_dmarc.example.org"] = ["v=DMARC1; p=reject; aspf=s; adkim=s"] }
        let findings = await zone.look(from: ["news.example.org"], envelopes: ["bounces.example.org"])
        #expect(try await zone.find("aligned", in: findings).verdict == .wrong)
    }

    // MARK: DKIM

    @Test func `a key's record is ours, or is to be pasted`() async throws {
        let (name, other) = (Zone.key.recordName, Zone.make("x"))
        let cases: [([String], DNSFinding.Verdict)] = [
            ([], .wrong), ([Zone.key.record, Zone.key.record], .wrong), ([other.record], .wrong),
            (["v=DKIM1; p="], .wrong),
            ([Zone.key.record + "; t=y"], .advice), ([Zone.key.record + "; h=sha1"], .wrong),
        ]
        for (texts, verdict) in cases {
            let finding = try await Zone.well.with { $0.texts[name] = texts }.find("dkim")
            #expect(finding.verdict == verdict, "\(finding.words)")
            #expect(finding.record == (verdict == .wrong ? RecordToPaste(name, "TXT", Zone.key.record) : nil))
        }
        let foreign = await Zone.well.look(from: ["example.net"])
        #expect(try await Zone.well.find("dkim", in: foreign).words.contains("courantd dkim new example.net"))
    }

    @Test func `a long text is cut into strings that hold it`() {
        let value = RecordToPaste("a", "TXT", Zone.key.record).zoneValue
        let strings = value.dropFirst().dropLast().components(separatedBy: "\" \"")
        #expect(strings.count == 2)
        #expect(strings.allSatisfy { $0.utf8.count <= 255 })
        #expect(strings.joined() == Zone.key.record)
    }

    // MARK: The relay's name, the logo

    @Test func `a relay's address must lead back to it`() async throws {
        for pointers in [[:], ["5.4.8.8.in-addr.arpa": "other.example.org"]] {
            let finding = try await Zone.well.with { $0.pointers = pointers }.find("ptr")
            #expect(finding.verdict == .wrong)
            #expect(finding.record == RecordToPaste("5.4.8.8.in-addr.arpa", "PTR", "relay.example.org."))
        }
        let inside = await Zone.well.with { $0.addresses["relay.example.org"] = ["10.0.0.1"] }.look()
        #expect(!inside.contains { $0.subject == "ptr" })
        let provider = Zone.well.with { $0.addresses["smtp.example.net"] = ["8.8.4.9"] }
        #expect(await !provider.look(relays: ["smtp.example.net"]).contains { $0.subject == "ptr" })
    }

    @Test(arguments: [
        (
            "v=BIMI1; l=https://example.org/logo.svg; a=https://example.org/vmc.pem", "quarantine",
            DNSFinding.Verdict.well
        ),
        ("v=BIMI1; l=https://example.org/logo.svg", "reject", .advice),
        ("v=BIMI1; l=http://example.org/logo.svg", "reject", .wrong),
        ("v=BIMI1; l=https://example.org/logo.svg", "none", .wrong), ("v=BIMI1; a=x", "reject", .wrong),
        ("v=BIMI1; l=;", "none", .well),
    ])
    func `a logo needs a policy and a picture`(_ text: String, _ policy: String, _ verdict: DNSFinding.Verdict)
        async throws
    {
        let zone = Zone.well.with {
            $0.texts["default._bimi.example.org"] = [text]
            $0.texts["_dmarc.example.org"] = ["v=DMARC1; p=\(policy); rua=mailto:a@example.org"]
        }
        #expect(try await zone.find("bimi").verdict == verdict)
    }
}
