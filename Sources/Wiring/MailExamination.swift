import DKIM
package import DNS
package import Foundation

/// A mail that came, as somebody has saved it from a mailbox: whether what we and the relay said of it has held on the way.
package struct MailExamination: Sendable {
    private let mail: SignedMail
    private let resolver: any Resolver

    /// `saved` may have the line ends of another system.
    package init(_ saved: Data, resolver: any Resolver = SystemResolver()) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(saved.count + saved.count / 40)
        for byte in saved {
            if byte == 0x0A, bytes.last != 0x0D { bytes.append(0x0D) }
            bytes.append(byte)
        }
        (mail, self.resolver) = (SignedMail(bytes), resolver)
    }

    package func look() async -> [Doctor.Finding] {
        guard let from = mail.fromDomain else {
            return [
                Doctor.Finding(
                    "mail", .wrong, "it has no From, or several: save the whole mail, with all of its header")
            ]
        }
        let walk = await DMARCWalk(from, resolver)
        return await signatures(from, walk)
            + [envelope(from, await organisation(of: returnPath)), oneClick, transport]
            .compactMap(\.self)
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
        if signature.bodyLength != nil { advice.append("l= lets others add to the text") }
        return Doctor.Finding(
            "dkim", advice.isEmpty ? .well : .advice,
            ([words] + (advice.isEmpty ? ["it covers \(Set(signature.covered).count) fields"] : advice)).joined(
                separator: "; "))
    }

    // MARK: The envelope and the way

    private var returnPath: String? {
        mail.text("return-path").flatMap { path in
            path.split(separator: "@").last.map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: "<> ")).lowercased()
            }
        }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func organisation(of domain: String?) async -> String? {
        guard let domain else { return nil }
        return await DMARCWalk(domain, resolver).organisation
    }

    private func envelope(_ from: String, _ organisation: String?) -> Doctor.Finding? {
        guard let domain = returnPath, let organisation else { return nil }
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
