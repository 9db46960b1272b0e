/// Who may send in the envelope's name (RFC 7208): receivers look at that domain, not at the one that people see.
extension MailDNS {
    func spf(_ domain: String) async -> [DNSFinding] {
        let answer = await resolver.ask(domain, .text)
        if answer.isUnknown { return [.unknown("spf", domain)] }
        let texts = answer.texts.filter(SPFRecord.isOne)
        let wish = RecordToPaste(domain, "TXT", "v=spf1 \(leave) ~all")
        guard let text = texts.first else {
            return [DNSFinding("spf", .wrong, "\(domain) does not say who may send for it", record: wish)]
        }
        guard texts.count == 1 else {
            return [
                DNSFinding(
                    "spf", .wrong,
                    "\(domain) has \(texts.count) SPF records, so receivers heed none: keep one\(answer.patience)",
                    record: RecordToPaste(domain, "TXT", Self.joined(texts)))
            ]
        }
        do throws(SPFRecord.SyntaxError) {
            return [await read(try SPFRecord(text), text, of: domain, answer)]
        } catch {
            return [
                DNSFinding(
                    "spf", .wrong,
                    "“\(error.term)” in the SPF record of \(domain) cannot be read, so receivers heed none of it\(answer.patience)",
                    record: RecordToPaste(
                        domain, "TXT", text.split(separator: " ").filter { $0 != error.term }.joined(separator: " ")))
            ]
        }
    }

    private func read(_ record: SPFRecord, _ text: String, of domain: String, _ answer: DNSAnswer) async -> DNSFinding {
        var ways: [(relay: String, addresses: [IPAddress])] = []
        for relay in names.relays {
            ways.append((relay, await resolver.addresses(of: relay).addresses.filter(\.isPublic)))
        }
        var evaluation = SPFEvaluation(resolver, addresses: ways.flatMap(\.addresses))
        let results = await evaluation.evaluate(record, of: domain)
        if record.all == .pass {
            let terms = text.split(separator: " ").map(String.init)
            let value = terms.map { ["all", "+all"].contains($0.lowercased()) ? "~all" : $0 }.joined(separator: " ")
            return DNSFinding(
                "spf", .wrong, "\(domain) lets everybody send for it (all)\(answer.patience)",
                record: RecordToPaste(domain, "TXT", value))
        }
        if let fault = Self.fault(of: evaluation) {
            return DNSFinding("spf", .wrong, "\(domain): \(fault), so receivers heed none of it\(answer.patience)")
        }
        if let name = evaluation.unanswered { return .unknown("spf", name) }
        func may(_ addresses: [IPAddress]) -> Bool {
            !addresses.isEmpty && addresses.allSatisfy { results[$0] == .pass }
        }
        // Also of a relay that sleeps: it is asked for when the others are out of reach.
        let lacks = ways.compactMap { way -> (relay: String, provider: String)? in
            guard let provider = SPFProvider.include(way.relay), !may(way.addresses),
                !evaluation.includes.contains(provider)
            else { return nil }
            return (way.relay, provider)
        }
        if let lack = lacks.first {
            return DNSFinding(
                "spf", .advice, "\(domain) does not include \(lack.provider), which the relay \(lack.relay) asks for",
                record: RecordToPaste(domain, "TXT", Self.adding("include:\(lack.provider)", to: text)))
        }
        let advice = Self.advice(on: record, evaluation)
        let covers = Self.words(ways.filter { !$0.addresses.isEmpty }.map { ($0.relay, may($0.addresses)) })
        return DNSFinding(
            "spf", advice.isEmpty ? .well : .advice,
            (["\(domain) says who may send for it, in \(evaluation.lookups) of \(SPFEvaluation.mostLookups) lookups"]
                + advice)
                .joined(separator: "; ") + covers)
    }

    static func fault(of evaluation: SPFEvaluation) -> String? {
        if let fault = evaluation.faults.first { return fault }
        if evaluation.lookups > SPFEvaluation.mostLookups {
            return
                "its SPF record needs more than \(SPFEvaluation.mostLookups) lookups: take includes out that are no longer used"
        }
        if evaluation.void > SPFEvaluation.mostVoid {
            return "its SPF record names \(evaluation.void) that are not there: take them out"
        }
        return nil
    }

    private static func advice(on record: SPFRecord, _ evaluation: SPFEvaluation) -> [String] {
        [
            record.all == nil && record.redirect == nil ? "it does not end with ~all or -all" : nil,
            record.all == .neutral ? "?all says nothing: write ~all" : nil,
            evaluation.usesPointer ? "ptr is slow and no longer advised" : nil,
        ].compactMap(\.self)
    }

    /// The relay may deliver from elsewhere, so that only a pass says something.
    private static func words(_ ways: [(relay: String, may: Bool)]) -> String {
        func names(_ may: Bool) -> String { ways.filter { $0.may == may }.map(\.relay).joined(separator: ", ") }
        let (sure, open) = (names(true), names(false))
        return (sure.isEmpty ? "" : "; \(sure) may")
            + (open.isEmpty ? "" : "; whether \(open) may is seen in a mail that came: courantd doctor mail")
    }

    /// What lets the relays send.
    private var leave: String {
        let terms = names.relays.map { relay in SPFProvider.include(relay).map { "include:\($0)" } ?? "a:\(relay)" }
        return terms.isEmpty ? "ip4:THE-ADDRESS-OF-YOUR-RELAY" : terms.joined(separator: " ")
    }

    static func adding(_ term: String, to text: String) -> String {
        var words = text.split(separator: " ").map(String.init)
        words.insert(term, at: min(1, words.count))
        return words.joined(separator: " ")
    }

    /// One of several: each term once, `all` at the end.
    static func joined(_ texts: [String]) -> String {
        let terms = texts.flatMap { $0.split(separator: " ").dropFirst().map(String.init) }
        let (ends, others) = (
            terms.filter { $0.lowercased().hasSuffix("all") }, terms.filter { !$0.lowercased().hasSuffix("all") }
        )
        let once = others.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return (["v=spf1"] + once + [ends.first ?? "~all"]).joined(separator: " ")
    }
}

/// Relays for everybody, and what their customers put into SPF.
enum SPFProvider {
    private static let all = [
        "amazonaws.com": "amazonses.com", "postmarkapp.com": "spf.mtasv.net", "mailgun.org": "mailgun.org",
        "sendgrid.net": "sendgrid.net", "brevo.com": "spf.brevo.com", "sendinblue.com": "spf.brevo.com",
        "mailjet.com": "spf.mailjet.com", "sparkpostmail.com": "sparkpostmail.com",
        "scw.cloud": "_spf.tem.scaleway.com",
        "office365.com": "spf.protection.outlook.com", "outlook.com": "spf.protection.outlook.com",
        "gmail.com": "_spf.google.com",
    ]

    static func include(_ relay: String) -> String? { all.first { MailDNS.isWithin(relay, $0.key) }?.value }
}
