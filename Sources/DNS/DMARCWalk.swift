internal import DKIM

/// What a domain asks receivers to do with mail in its name, found by walking up the tree of names (RFC 9989 §4.10).
package struct DMARCWalk: Sendable {
    package struct Step: Sendable {
        package let domain: String
        package let answer: DNSAnswer
        /// Those that begin as one does.
        package var texts: [String] { answer.texts.filter(DMARCWalk.isOne) }
        var record: TagList? { texts.count == 1 ? texts.first.flatMap { TagList($0) } : nil }
    }

    package let domain: String
    package let steps: [Step]
    /// A name that nobody answered for, so that nothing is known.
    package let unanswered: String?

    package init(_ domain: String, _ resolver: any Resolver) async {
        var (steps, unanswered) = ([Step](), String?.none)
        for name in Self.names(of: domain) {
            let answer = await resolver.ask("_dmarc.\(name)", .text)
            if answer.isUnknown {
                unanswered = "_dmarc.\(name)"
                break
            }
            let step = Step(domain: name, answer: answer)
            steps.append(step)
            if ["n", "y"].contains(step.record?["psd"]?.lowercased()) { break }
        }
        (self.domain, self.steps, self.unanswered) = (domain, steps, unanswered)
    }

    /// The name, then without its first label, down to the last one; a long one goes on at seven labels.
    static func names(of domain: String) -> [String] {
        let labels = domain.split(separator: ".").map(String.init)
        let first = labels.count >= 8 ? labels.suffix(7) : labels.dropFirst()
        return [domain]
            + first.indices.map { labels[$0...].joined(separator: ".") }.filter { !$0.isEmpty && $0 != domain }
    }

    static func isOne(_ text: String) -> Bool {
        let rest = text.utf8.dropFirst(8)
        return text.utf8.starts(with: "v=DMARC1".utf8)
            && (rest.first { $0 != 0x20 && $0 != 0x09 }.map { $0 == UInt8(ascii: ";") } ?? true)
    }

    /// The domain under which names belong together.
    package var organisation: String {
        let found = steps.filter { $0.record != nil }
        if let own = found.first(where: { $0.record?["psd"]?.lowercased() == "n" }) { return own.domain }
        if let suffix = found.first(where: { $0.record?["psd"]?.lowercased() == "y" }), suffix.domain != domain,
            let place = steps.firstIndex(where: { $0.domain == suffix.domain }), place > 0
        {
            return steps[place - 1].domain
        }
        return found.last?.domain ?? domain
    }

    /// Whose record counts: its own, else its organisation's.
    var policy: Step? {
        steps.first { $0.domain == domain && $0.record != nil }
            ?? steps.first { $0.domain == organisation && $0.record != nil }
    }

    /// What is asked for: `none`, `quarantine`, `reject`, or what stands there instead.
    var wish: String? {
        guard let policy, let record = policy.record else { return nil }
        let below = policy.domain == domain ? nil : record["sp"]
        return (below ?? record["p"])?.lowercased()
    }
}
