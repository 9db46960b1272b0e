package import DKIM

/// What receivers ask DNS about our mails, asked beforehand: whether bounces come back, who may send, what is signed, and
/// whether it all belongs to the domain that people see.
package struct MailDNS: Sendable {
    /// Whose names are looked at. Those that are there for examples and networks of one's own are left out.
    package struct Names: Sendable {
        /// In whose names mails are from.
        package var from: [String]
        /// Of envelope senders.
        package var envelopes: [String]
        package var relays: [String]
        /// Of our own signatures; nil: whoever relays may sign.
        package var signer: DKIMSigner?

        package init(from: [String], envelopes: [String], relays: [String], signer: DKIMSigner?) {
            (self.from, self.envelopes, self.relays, self.signer) = (
                Self.once(from), Self.once(envelopes), Self.once(relays), signer
            )
        }

        private static func once(_ names: [String]) -> [String] {
            names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }

    let names: Names
    let resolver: any Resolver

    package init(_ names: Names, _ resolver: any Resolver) {
        (self.names, self.resolver) = (names, resolver)
    }

    /// All of it at once; in the order of the names.
    package func look() async -> [DNSFinding] {
        let checks: [@Sendable () async -> [DNSFinding]] =
            names.envelopes.flatMap { domain in
                [{ await returnPath(domain) }, { await spf(domain) }] as [@Sendable () async -> [DNSFinding]]
            }
            + names.from.flatMap { domain in
                [
                    { await answers(domain) }, { await dmarc(domain) }, { await alignment(domain) },
                    { await signature(domain) }, { await bimi(domain) },
                ] as [@Sendable () async -> [DNSFinding]]
            }
            + names.relays.map { relay in { @Sendable in await pointer(relay) } }
        return await withTaskGroup(of: (Int, [DNSFinding]).self) { group in
            for (index, check) in checks.enumerated() { group.addTask { (index, await check()) } }
            var found: [Int: [DNSFinding]] = [:]
            for await (index, findings) in group { found[index] = findings }
            return checks.indices.flatMap { found[$0] ?? [] }
        }
    }

    // MARK: The way back

    func returnPath(_ domain: String) async -> [DNSFinding] {
        let answer = await resolver.ask(domain, .exchange)
        let lost = "so bounces cannot come back"
        switch answer {
        case .unknown: return [.unknown("mx", domain)]
        case .noName: return [await missingExchange(domain, "there is no \(domain), \(lost)")]
        case .noRecord:
            switch await resolver.addresses(of: domain) {
            case .unknown: return [.unknown("mx", domain)]
            case .found:
                return [DNSFinding("mx", .advice, "\(domain) has no MX: bounces go to the host of that name")]
            default: return [await missingExchange(domain, "\(domain) has no MX, \(lost)")]
            }
        case .found: return [await exchanges(answer, domain, lost)]
        }
    }

    private func exchanges(_ answer: DNSAnswer, _ domain: String, _ lost: String) async -> DNSFinding {
        let hosts = answer.exchanges
        if hosts == [""] {
            return await missingExchange(
                domain, "\(domain) takes no mail (a null MX), \(lost)\(answer.patience)")
        }
        var unanswered = false
        for host in hosts where !host.isEmpty {
            switch await resolver.addresses(of: host) {
            case .found: return DNSFinding("mx", .well, "bounces to \(domain) come to \(host)")
            case .unknown: unanswered = true
            default: continue
            }
        }
        if unanswered { return .unknown("mx", hosts.joined(separator: ", ")) }
        return await missingExchange(
            domain,
            "no host of \(domain)’s MX has an address (\(hosts.joined(separator: ", "))), \(lost)\(answer.patience)")
    }

    /// Where the mails' own domain takes its mail, bounces may come as well.
    private func missingExchange(_ domain: String, _ words: String) async -> DNSFinding {
        let host = await names.from.first.asyncMap { await resolver.ask($0, .exchange).exchanges.first } ?? nil
        let value = "10 \(host.flatMap { $0.isEmpty ? nil : "\($0)." } ?? "THE-HOST-THAT-TAKES-THEM.")"
        return DNSFinding("mx", .wrong, words, record: RecordToPaste(domain, "MX", value))
    }

    // MARK: Answers

    func answers(_ domain: String) async -> [DNSFinding] {
        guard !names.envelopes.contains(domain) else { return [] }
        let answer = await resolver.ask(domain, .exchange)
        if answer.exchanges == [""] {
            let words = "\(domain) takes no mail (a null MX): others refuse mail that is from there (RFC 7505 §4.2)"
            return [DNSFinding("answers", .wrong, words + answer.patience)]
        }
        switch answer == .noRecord ? await resolver.addresses(of: domain) : answer {
        case .found: return [DNSFinding("answers", .well, "\(domain) can be answered")]
        case .unknown: return [.unknown("answers", domain)]
        case .noName, .noRecord:
            return [
                DNSFinding(
                    "answers", .wrong,
                    "\(domain) is no name that mail could be answered at: others refuse mail from there"
                )
            ]
        }
    }

    // MARK: The relay's name

    /// Of a relay in a domain of our own; a provider looks after its own.
    func pointer(_ relay: String) async -> [DNSFinding] {
        var isOurs = false
        for domain in names.from where !isOurs {
            isOurs = Self.isWithin(relay, await DMARCWalk(domain, resolver).organisation)
        }
        guard isOurs else { return [] }
        let answer = await resolver.addresses(of: relay)
        if answer.isUnknown { return [.unknown("ptr", relay)] }
        var findings: [DNSFinding] = []
        for address in answer.addresses where address.isPublic {
            findings.append(await pointer(of: address, relay))
        }
        return findings
    }

    private func pointer(of address: IPAddress, _ relay: String) async -> DNSFinding {
        let answer = await resolver.ask(address.reverseName, .pointer)
        if answer.isUnknown { return .unknown("ptr", address.reverseName) }
        let record = RecordToPaste(address.reverseName, "PTR", "\(relay).")
        for name in answer.names {
            let back = await resolver.addresses(of: name)
            if back.isUnknown { return .unknown("ptr", name) }
            if back.addresses.contains(address) {
                return DNSFinding("ptr", .well, "\(relay), \(address), is called \(name), and that leads back")
            }
        }
        let what =
            answer.names.isEmpty
            ? "has no name" : "is called \(answer.names.joined(separator: ", ")), which does not lead back"
        return DNSFinding(
            "ptr", .wrong,
            "\(relay), \(address), \(what): if mail leaves from there, Google refuses it (5.7.25). Whoever owns the address enters it",
            record: record)
    }

    static func isWithin(_ name: String, _ domain: String) -> Bool { name == domain || name.hasSuffix(".\(domain)") }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async -> Value) async -> Value? {
        if let self { await transform(self) } else { nil }
    }
}
