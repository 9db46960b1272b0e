import DKIM
import DNS
import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore

/// What receivers of our mails ask DNS about them.
extension Doctor {
    func lookAtDNS(_ settings: Settings) async -> [Finding] {
        let signer: DKIMSigner?
        do throws(StartFailure) {
            signer = try settings.signer()
        } catch {
            return [Finding("signing", .wrong, "\(error)")]
        }
        let senders = await senders(settings)
        let from = senders.filter(Self.isReal)
        guard !from.isEmpty else {
            return [
                Finding(
                    "dns", .well,
                    "nothing to look up: \(senders.joined(separator: ", ")) is there for examples or for one network alone"
                )
            ]
        }
        let names = MailDNS.Names(
            from: from, envelopes: (settings.mailBounceDomain.map { [$0] } ?? from).filter(Self.isReal),
            relays: settings.relays.map(\.address.host).filter(Self.isReal), signer: signer)
        let findings = await MailDNS(names, resolver).look()
        if !findings.isEmpty, findings.allSatisfy({ $0.verdict == .unknown }) {
            return [
                Finding(
                    "dns", .unknown,
                    "no name server answers this machine, so nothing is known about \(from.joined(separator: ", "))")
            ]
        }
        return findings.map(Finding.init)
    }

    /// The domains that mails are from: the company's own, and those of lists that have a sender of their own.
    private func senders(_ settings: Settings) async -> [String] {
        let own = [settings.mailFrom, settings.mailTransactionalFrom].map(\.address.domain)
        let lists = await openLists(settings).map(\.sender.address.domain)
        return (own + lists).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private func openLists(_ settings: Settings) async -> [MailingList] {
        guard (try? settings.hasDatabase()) == true, let (store, _) = try? Courant.beside(settings) else { return [] }
        defer { try? store.close() }
        return ((try? await store.read { try $0.lists() }) ?? []).filter { $0.closedAt == nil }
    }

    /// Not a name that stands for nobody (RFC 2606, RFC 6761), or that one network alone knows.
    private static func isReal(_ name: String) -> Bool {
        let reserved = ["example", "test", "invalid", "localhost", "local", "internal", "lan", "home.arpa"]
        return name.contains(".") && IPAddress(name) == nil && !DomainName.isExample(name)
            && !reserved.contains { name == $0 || name.hasSuffix(".\($0)") }
    }
}

extension Doctor.Finding {
    fileprivate init(_ finding: DNSFinding) {
        let verdict: Verdict =
            switch finding.verdict {
            case .well: .well
            case .advice: .advice
            case .wrong: .wrong
            case .unknown: .unknown
            }
        self.init(finding.subject, verdict, finding.words, record: finding.record)
    }
}
