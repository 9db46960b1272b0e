import DKIM
package import DNS
package import Foundation
package import Mail

/// A mail that came, as somebody has saved it from a mailbox: whether what we and the relay said of it has held on the way.
package struct MailExamination: Sendable {
    private let mail: SignedMail
    /// As it left, where that is known.
    private let sent: (mail: SignedMail, sender: EmailAddress?)?
    private let resolver: any Resolver

    /// `saved` may have the line ends of another system. `sent`: the same mail as it left.
    package init(_ saved: Data, sent: OutgoingMail? = nil, resolver: any Resolver = SystemResolver()) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(saved.count + saved.count / 40)
        for byte in saved {
            if byte == 0x0A, bytes.last != 0x0D { bytes.append(0x0D) }
            bytes.append(byte)
        }
        (mail, self.resolver) = (SignedMail(bytes), resolver)
        self.sent = sent.map { (SignedMail($0.content), $0.sender) }
    }

    package func look() async -> [Doctor.Finding] {
        guard let from = mail.fromDomain else {
            return [
                Doctor.Finding(
                    "mail", .wrong, "it has no From, or several: save the whole mail, with all of its header")
            ]
        }
        let walk = await DMARCWalk(from, resolver)
        let envelope = await envelope(from, organisation(of: returnDomain))
        return [unchanged].compactMap(\.self) + (await signatures(from, walk))
            + [returned ?? envelope, oneClick, results, transport].compactMap(\.self)
    }

    // MARK: Signatures

    private func signatures(_ from: String, _ walk: DMARCWalk) async -> [Doctor.Finding] {
        var (findings, counts) = ([Doctor.Finding](), false)
        for signature in DKIMSignature.all(of: mail) {
            switch signature {
            case .success(let signature):
                let finding = await look(at: signature)
                findings.append(finding)
                let owner = await DMARCWalk(signature.domain, resolver)
                if finding.verdict == .well || finding.verdict == .advice, owner.organisation == walk.organisation {
                    counts = true
                }
            case .failure(.malformed): findings.append(Doctor.Finding("dkim", .wrong, "a signature cannot be read"))
            case .failure(.unknownAlgorithm(let name)):
                findings.append(Doctor.Finding("dkim", .wrong, "a signature is made by \(name), which nobody believes"))
            }
        }
        if findings.isEmpty {
            return [
                Doctor.Finding(
                    "dkim", .wrong,
                    "nobody has signed it: let the relay sign, or make a key with courantd dkim new \(from)")
            ]
        }
        let isKnown = walk.unanswered == nil && !findings.contains { $0.verdict == .unknown }
        let words =
            counts
            ? "a signature that holds belongs to \(from)"
            : "no signature that holds belongs to \(from), which people see"
        return findings + [Doctor.Finding("aligned", counts ? .well : isKnown ? .wrong : .unknown, words)]
    }

    private func look(at signature: DKIMSignature) async -> Doctor.Finding {
        let answer = await resolver.ask(signature.recordName, .text)
        let name = "\(signature.algorithm.signature), d=\(signature.domain), s=\(signature.selector)"
        if answer.isUnknown {
            return Doctor.Finding("dkim", .unknown, "\(name): nobody answers for \(signature.recordName) just now")
        }
        guard let record = answer.texts.first, answer.texts.count == 1 else {
            let what = answer.texts.isEmpty ? "there is no record" : "there are several records"
            return Doctor.Finding("dkim", .wrong, "\(name): \(what) at \(signature.recordName)")
        }
        switch signature.verify(mail, record: record) {
        case .holds(let bits): return covering(signature, "\(name), \(bits) bits: it holds")
        case .bodyChanged:
            return Doctor.Finding(
                "dkim", .wrong, "\(name): the text was changed after it was signed, or not saved as it came")
        case .fieldsChanged:
            return Doctor.Finding(
                "dkim", .wrong, "\(name): a header field was changed after it was signed, or another key signed")
        case .recordUnusable(let words):
            return Doctor.Finding(
                "dkim", .wrong, "\(name): the record at \(signature.recordName) cannot be used: \(words)")
        }
    }

    /// What it covers. Gmail and Yahoo show their own button only where both List-Unsubscribe fields are covered.
    private func covering(_ signature: DKIMSignature, _ words: String) -> Doctor.Finding {
        let lacking = ["list-unsubscribe", "list-unsubscribe-post"].filter {
            mail.count($0) > 0 && !signature.covered.contains($0)
        }
        var advice: [String] = []
        if !lacking.isEmpty { advice.append("it does not cover \(lacking.joined(separator: " and ")) (RFC 8058 §4)") }
        if mail.count("cfbl-address") > 0, !signature.covered.contains("cfbl-address") {
            advice.append("it does not cover CFBL-Address, which then counts for nothing (RFC 9477)")
        }
        if signature.bodyLength != nil { advice.append("l= lets others add to the text") }
        return Doctor.Finding(
            "dkim", advice.isEmpty ? .well : .advice,
            ([words] + (advice.isEmpty ? ["it covers \(Set(signature.covered).count) fields"] : advice)).joined(
                separator: "; "))
    }

    // MARK: What became of it

    /// What programs read of a mail, and nobody on the way has to touch.
    private static let kept = [
        "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Help", "List-Owner", "Feedback-ID", "CFBL-Address", "Auto-Submitted",
    ]
    /// Amazon SES replaces them, and says so.
    private static let replaced: Set<String> = ["Date", "Message-ID"]

    private var unchanged: Doctor.Finding? {
        guard let sent else { return nil }
        let changed = Self.kept.filter { Self.values($0, sent.mail) != Self.values($0, mail) }
        guard !changed.isEmpty else {
            return Doctor.Finding("header", .well, "From, Date, Message-ID and the List- fields are as they left")
        }
        let isOnlyReplaced = Self.replaced.isSuperset(of: changed)
        let advice =
            isOnlyReplaced
            ? "leave signing to the relay (no dkim.keys), for a signature of ours would not hold"
            : "ask whoever runs the relay, or what stands behind it, to leave them alone"
        let gone = changed.filter { mail.count($0.lowercased()) == 0 }
        let words = gone.isEmpty ? "" : " (\(gone.joined(separator: ", ")): gone)"
        return Doctor.Finding(
            "header", isOnlyReplaced ? .advice : .wrong,
            "changed on the way: \(changed.joined(separator: ", "))\(words): \(advice)")
    }

    private static func values(_ name: String, _ mail: SignedMail) -> [String] {
        mail.fields.filter { $0.name == name.lowercased() }.map(mail.text)
    }

    /// Nil where it is ours, or nobody says what it is.
    private var returned: Doctor.Finding? {
        guard let sent, let sender = sent.sender, let returnPath else { return nil }
        // A gateway may wrap it (SRS, BATV).
        guard !returnPath.contains(sender.localPart.lowercased()) else { return nil }
        let domain = returnDomain ?? "nobody"
        return Doctor.Finding(
            "envelope", .advice,
            "the relay writes a return path of its own (\(domain)): bounces go there, so have it report them by calls: "
                + "relay.provider, and the provider's hook")
    }

    /// What the first server of ours found (RFC 8601): of all who say so, it alone is to be believed.
    private var results: Doctor.Finding? {
        guard let hop = mail.fields.first(where: { $0.name == "received" }).map(mail.text),
            let host = Self.word(after: "by", in: hop)?.lowercased()
        else { return nil }
        for field in mail.fields where field.name == "authentication-results" {
            let parts = mail.text(field).split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let name = parts.first?.split(separator: " ").first.map({ $0.lowercased() }),
                host == name || host.hasSuffix(".\(name)")
            else { continue }
            return finding(
                of: parts.dropFirst().compactMap { $0.split(separator: " ").first.map(String.init) }, by: name)
        }
        return nil
    }

    private func finding(of results: [String], by name: String) -> Doctor.Finding? {
        let known = results.map { $0.lowercased() }.filter { result in
            ["spf=", "dkim=", "dmarc="].contains { result.hasPrefix($0) }
        }
        guard !known.isEmpty else { return nil }
        let bad = known.filter { !$0.hasSuffix("=pass") && !$0.hasSuffix("=none") }
        return Doctor.Finding(
            "results", bad.isEmpty ? .well : .wrong,
            "\(name) says \(known.joined(separator: ", "))"
                + (bad.isEmpty
                    ? "" : ": courantd doctor shows the records that \(bad.joined(separator: ", ")) rests on"))
    }

    private static func word(after name: String, in text: String) -> String? {
        let words = text.split(separator: " ")
        return words.firstIndex { $0.lowercased() == name }.flatMap { place in
            words.dropFirst(place + 1).first.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: ";")) }
        }
    }

    // MARK: The envelope and the way

    /// The last server's word, which stands above all others'.
    private var returnPath: String? {
        mail.fields.first { $0.name == "return-path" }.map { mail.text($0).lowercased() }
    }

    private var returnDomain: String? {
        returnPath.flatMap { path in
            path.split(separator: "@").last.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "<> ")) }
        }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func organisation(of domain: String?) async -> String? {
        guard let domain else { return nil }
        return await DMARCWalk(domain, resolver).organisation
    }

    private func envelope(_ from: String, _ organisation: String?) -> Doctor.Finding? {
        guard let domain = returnDomain, let organisation else { return nil }
        let isOurs = from == organisation || from.hasSuffix(".\(organisation)")
        return Doctor.Finding(
            "envelope", isOurs ? .well : .advice,
            isOurs
                ? "bounces come back to \(domain)"
                : "bounces go to \(domain), which does not belong to \(from): SPF does not count for DMARC, and only the signature does"
        )
    }

    /// Nil for a mail that nobody can unsubscribe by.
    private var oneClick: Doctor.Finding? {
        guard let link = mail.text("list-unsubscribe") else { return nil }
        if link.hasPrefix("<http://") {
            return Doctor.Finding(
                "one-click", .wrong,
                "the link in List-Unsubscribe is not https, so that nobody shows a button for it: check http.public-url"
            )
        }
        let isWhole = mail.text("list-unsubscribe-post") == "List-Unsubscribe=One-Click" && link.contains("<https://")
        return Doctor.Finding(
            "one-click", isWhole ? .well : .wrong,
            isWhole
                ? "both List-Unsubscribe fields are as they left"
                : "List-Unsubscribe was changed on the way, or List-Unsubscribe-Post is gone")
    }

    /// What those who passed it on say of it.
    private var transport: Doctor.Finding? {
        let hops = mail.fields.filter { $0.name == "received" }.map { mail.text($0).lowercased() }
        guard !hops.isEmpty else { return nil }
        // Within one machine nobody encrypts.
        let open = hops.filter { hop in
            !hop.contains("tls") && !hop.contains("esmtps") && !hop.contains("localhost") && !hop.contains("127.0.0.1")
                && hop.contains("from ")
        }
        return Doctor.Finding(
            "tls", open.isEmpty ? .well : .advice,
            open.isEmpty
                ? "each hop that says so was encrypted (\(hops.count))"
                : "\(open.count) of \(hops.count) hops do not say that they were encrypted")
    }
}
