import DKIM
import DNS
import Testing

/// Records by name and type; a name in `away` is answered by nobody.
struct Zone: Resolver {
    var texts: [String: [String]] = [:]
    var exchanges: [String: [String]] = [:]
    var addresses: [String: [String]] = [:]
    var pointers: [String: String] = [:]
    var away: Set<String> = []

    func ask(_ name: String, _ type: DNSType) async -> DNSAnswer {
        if away.contains(name) { return .unknown }
        let found: [DNSRecord.Data] =
            switch type {
            case .text: (texts[name] ?? []).map { .text($0) }
            case .exchange: (exchanges[name] ?? []).enumerated().map { .exchange(preference: $0 * 10, host: $1) }
            case .address, .address6:
                (addresses[name] ?? []).compactMap { IPAddress($0) }
                    .filter { $0.bytes.count == (type == .address ? 4 : 16) }.map { .address($0) }
            case .pointer: pointers[name].map { [.name($0)] } ?? []
            case .alias: []
            }
        if !found.isEmpty { return .found(found.map { DNSRecord($0, timeToLive: 600) }) }
        return isThere(name) ? .noRecord : .noName
    }

    private func isThere(_ name: String) -> Bool {
        texts[name] != nil || exchanges[name] != nil || addresses[name] != nil || pointers[name] != nil
    }

    /// Everything well, for mails from and to `example.org` by a relay there.
    static let well = Zone(
        texts: [
            "example.org": ["google-site-verification=x", "v=spf1 ip4:8.8.4.0/24 -all"],
            "_dmarc.example.org": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"],
            key.recordName: [key.record],
        ],
        exchanges: ["example.org": ["mx.example.org"]],
        addresses: ["mx.example.org": ["8.8.4.4"], "relay.example.org": ["8.8.4.5"]],
        pointers: ["5.4.8.8.in-addr.arpa": "relay.example.org"])

    static let key = make("courant1")

    static func make(_ selector: String) -> DKIMKey {
        DKIMKey(new: .rsa, domain: "example.org", selector: selector) ?? { preconditionFailure("no randomness") }()
    }

    func look(
        from: [String] = ["example.org"], envelopes: [String] = ["example.org"],
        relays: [String] = ["relay.example.org"], signer: DKIMSigner? = DKIMSigner([Zone.key])
    ) async -> [DNSFinding] {
        await MailDNS(.init(from: from, envelopes: envelopes, relays: relays, signer: signer), self).look()
    }

    /// The only one about it.
    func find(_ subject: String, in findings: [DNSFinding]? = nil) async throws -> DNSFinding {
        let found = if let findings { findings } else { await look() }
        return try #require(found.filter { $0.subject == subject }.first)
    }

    func with(_ change: (inout Zone) -> Void) -> Zone {
        var zone = self
        change(&zone)
        return zone
    }
}
