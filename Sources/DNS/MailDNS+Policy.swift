package import DKIM

/// What the domain that people see asks of receivers (DMARC, RFC 9989), what of ours counts for it, and its logo.
extension MailDNS {
    func dmarc(_ domain: String) async -> [DNSFinding] {
        let walk = await DMARCWalk(domain, resolver)
        if let step = walk.steps.first(where: { $0.domain == domain }), let broken = Self.broken(step) {
            return [broken]
        }
        if let step = walk.policy, let broken = Self.broken(step) { return [broken] }
        if let name = walk.unanswered, walk.policy?.domain != domain { return [.unknown("dmarc", name)] }
        guard let policy = walk.policy, let record = policy.record else {
            return [
                DNSFinding(
                    "dmarc", .wrong,
                    "\(domain) has no DMARC policy: Google, Microsoft and Yahoo refuse bulk mail without one",
                    record: RecordToPaste("_dmarc.\(domain)", "TXT", "v=DMARC1; p=none"))
            ]
        }
        var advice = Self.advice(on: record, wish: walk.wish ?? "none")
        advice += await reports(record, of: policy.domain)
        return [
            DNSFinding(
                "dmarc", advice.isEmpty ? .well : .advice,
                (["\(domain) asks for \(walk.wish ?? "none") (\("_dmarc." + policy.domain))"] + advice).joined(
                    separator: "; "))
        ]
    }

    /// What keeps a record from being one.
    private static func broken(_ step: DMARCWalk.Step) -> DNSFinding? {
        let name = "_dmarc.\(step.domain)"
        func wrong(_ words: String, _ value: String) -> DNSFinding {
            DNSFinding("dmarc", .wrong, words + step.answer.patience, record: RecordToPaste(name, "TXT", value))
        }
        if step.texts.count > 1 {
            return wrong("\(name) has \(step.texts.count) records, so receivers heed none: keep one", step.texts[0])
        }
        guard let text = step.texts.first else {
            guard let other = step.answer.texts.first(where: { $0.lowercased().contains("dmarc1") }) else { return nil }
            let rest = other.split(separator: ";").filter { !$0.lowercased().contains("dmarc1") }.joined(separator: ";")
            return wrong(
                "the record at \(name) does not begin with v=DMARC1; so receivers do not heed it", "v=DMARC1;\(rest)")
        }
        guard let record = step.record else { return wrong("the record at \(name) cannot be read", "v=DMARC1; p=none") }
        guard let policy = record["p"] else {
            return wrong("the record at \(name) has no p=", "v=DMARC1; p=none\(text.dropFirst(8))")
        }
        guard ["none", "quarantine", "reject"].contains(policy.lowercased()) else {
            return wrong(
                "p=\(policy) at \(name) is none of none, quarantine, reject",
                text.replacing("p=\(policy)", with: "p=none"))
        }
        return nil
    }

    private static func advice(on record: TagList, wish: String) -> [String] {
        let gone = ["pct", "rf", "ri"].filter { record[$0] != nil }
        return [
            wish == "none" ? "p=none is fine to begin with; quarantine once its reports look well" : nil,
            record["rua"] == nil ? "it names nobody for reports: add rua=mailto:…" : nil,
            record["t"]?.lowercased() == "y" ? "t=y says that it is not meant yet" : nil,
            gone.isEmpty ? nil : "\(gone.joined(separator: ", ")) no longer mean anything",
        ].compactMap(\.self)
    }

    /// Another domain must agree to get reports about this one (RFC 9990 §4).
    private func reports(_ record: TagList, of domain: String) async -> [String] {
        var advice: [String] = []
        let organisation = await DMARCWalk(domain, resolver).organisation
        for address in (record["rua"] ?? "").split(separator: ",") {
            guard let at = address.lastIndex(of: "@") else { continue }
            let there = address[address.index(after: at)...].prefix { $0 != "!" && $0 != " " }.lowercased()
            guard !Self.isWithin(there, organisation) else { continue }
            let answer = await resolver.ask("\(domain)._report._dmarc.\(there)", .text)
            if !answer.isUnknown, !answer.texts.contains(where: { $0.hasPrefix("v=DMARC1") }) {
                advice.append(
                    "\(there) does not take reports about \(domain), for which \(domain)._report._dmarc.\(there) would stand"
                )
            }
        }
        return advice
    }

    // MARK: Alignment

    /// Whether the envelope's domain and the signature's belong to the one that people see.
    func alignment(_ domain: String) async -> [DNSFinding] {
        let walk = await DMARCWalk(domain, resolver)
        let keys = names.signer?.keys(for: domain) ?? []
        guard walk.policy != nil else { return [] }
        if let name = walk.unanswered { return [.unknown("aligned", name)] }
        let envelope = names.envelopes.contains(domain) ? domain : names.envelopes.first ?? domain
        let other = await DMARCWalk(envelope, resolver)
        if let name = other.unanswered, envelope != domain { return [.unknown("aligned", name)] }
        let record = walk.policy?.record
        let spf = Self.aligns(envelope, other.organisation, domain, walk.organisation, record?["aspf"])
        let dkim = keys.contains {
            Self.aligns($0.domain, walk.organisation, domain, walk.organisation, record?["adkim"])
        }
        return [Self.alignment(domain, envelope, spf: spf, dkim: names.signer == nil ? nil : dkim)]
    }

    static func aligns(
        _ name: String, _ organisation: String, _ from: String, _ fromOrganisation: String, _ mode: String?
    ) -> Bool {
        mode?.lowercased() == "s" ? name == from : organisation == fromOrganisation
    }

    /// `dkim` is nil where the relay may sign.
    static func alignment(_ domain: String, _ envelope: String, spf: Bool, dkim: Bool?) -> DNSFinding {
        switch (spf, dkim) {
        case (true, true?), (true, nil):
            DNSFinding(
                "aligned", .well,
                "the envelope’s \(envelope)\(dkim == true ? " and the signature" : "") belong to \(domain)")
        case (false, true?):
            DNSFinding(
                "aligned", .advice,
                "only the signature belongs to \(domain), the envelope’s \(envelope) does not: Microsoft wants both (mail.bounce-domain)"
            )
        case (true, false?):
            DNSFinding(
                "aligned", .advice,
                "only the envelope belongs to \(domain), no signature does: Microsoft wants both (courantd dkim new \(domain))"
            )
        case (false, false?):
            DNSFinding(
                "aligned", .wrong,
                "neither the envelope’s \(envelope) nor a signature belongs to \(domain): set mail.bounce-domain to a name below it, or sign (courantd dkim new \(domain))"
            )
        case (false, nil):
            DNSFinding(
                "aligned", .advice,
                "the envelope’s \(envelope) does not belong to \(domain), so it takes the relay’s signature for it: courantd doctor mail shows it"
            )
        }
    }

    // MARK: Keys

    func signature(_ domain: String) async -> [DNSFinding] {
        guard let signer = names.signer else { return [] }
        let keys = signer.keys(for: domain)
        guard !keys.isEmpty else {
            return [
                DNSFinding(
                    "dkim", .wrong,
                    "no key signs for \(domain), so no campaign goes out from there: courantd dkim new \(domain)")
            ]
        }
        var findings: [DNSFinding] = []
        for key in keys { findings.append(await signature(key)) }
        return findings
    }

    private func signature(_ key: DKIMKey) async -> DNSFinding {
        let answer = await resolver.ask(key.recordName, .text)
        if answer.isUnknown { return .unknown("dkim", key.recordName) }
        return Self.signature(key, answer)
    }

    package static func signature(_ key: DKIMKey, _ answer: DNSAnswer) -> DNSFinding {
        func wrong(_ words: String) -> DNSFinding {
            DNSFinding(
                "dkim", .wrong, "\(key.recordName): \(words)\(answer.patience)",
                record: RecordToPaste(key.recordName, "TXT", key.record))
        }
        let texts = answer.texts
        guard let text = texts.first else { return wrong("there is no record, so nobody believes our signatures") }
        guard texts.count == 1 else { return wrong("there are \(texts.count) records, and nobody knows which counts") }
        let record = DKIMRecord(text)
        if let fault = record.fault(for: key.algorithm) { return wrong(fault.words) }
        guard record.publicBytes == key.publicBytes else { return wrong("its p= is another key’s, not ours") }
        let advice = [
            record.isTesting ? "t=y says that it is only tried out: take it away" : nil,
            key.algorithm == .rsa && key.bits < 2048
                ? "\(key.bits) bits are few: courantd dkim rotate \(key.domain)" : nil,
        ].compactMap(\.self)
        return DNSFinding(
            "dkim", advice.isEmpty ? .well : .advice,
            (["\(key.recordName) is our \(key.algorithm == .rsa ? "RSA key of \(key.bits) bits" : "Ed25519 key")"]
                + advice)
                .joined(separator: "; "))
    }

    // MARK: The logo

    /// Nothing where there is none.
    func bimi(_ domain: String) async -> [DNSFinding] {
        let walk = await DMARCWalk(domain, resolver)
        for name in domain == walk.organisation ? [domain] : [domain, walk.organisation] {
            let answer = await resolver.ask("default._bimi.\(name)", .text)
            guard let text = answer.texts.first(where: { $0.lowercased().hasPrefix("v=bimi1") }) else { continue }
            return [Self.bimi(TagList(text), "default._bimi.\(name)", wish: walk.wish)]
        }
        return []
    }

    static func bimi(_ record: TagList?, _ name: String, wish: String?) -> DNSFinding {
        guard let record, let logo = record["l"] else {
            return DNSFinding("bimi", .wrong, "\(name) names no logo: v=BIMI1; l=https://…/logo.svg")
        }
        if logo.isEmpty { return DNSFinding("bimi", .well, "\(name) says that there is no logo") }
        guard logo.lowercased().hasPrefix("https://"), logo.lowercased().hasSuffix(".svg") else {
            return DNSFinding("bimi", .wrong, "\(name): l=\(logo) is no https://…svg")
        }
        guard wish == "quarantine" || wish == "reject" else {
            return DNSFinding("bimi", .wrong, "\(name): the logo is shown with p=quarantine or p=reject alone (DMARC)")
        }
        return record["a"]?.isEmpty ?? true
            ? DNSFinding("bimi", .advice, "\(name) names no certificate (a=): Gmail and Apple ask for one")
            : DNSFinding("bimi", .well, "\(name) shows \(logo)")
    }
}
