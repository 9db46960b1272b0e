/// What DNS says of a name.
package enum DNSAnswer: Sendable, Equatable {
    /// At least one record of the type that was asked for.
    case found([DNSRecord])
    /// There is no such name.
    case noName
    /// The name is there, without a record of that type.
    case noRecord
    /// Nobody answered, or what came cannot be read: it says nothing about what is there.
    case unknown

    package var records: [DNSRecord] { if case .found(let records) = self { records } else { [] } }
    package var isUnknown: Bool { self == .unknown }

    package var texts: [String] { records.compactMap { if case .text(let text) = $0.data { text } else { nil } } }
    package var addresses: [IPAddress] {
        records.compactMap { if case .address(let address) = $0.data { address } else { nil } }
    }
    package var names: [String] { records.compactMap { if case .name(let name) = $0.data { name } else { nil } } }
    /// Hosts by preference; a null MX (RFC 7505) is an empty name.
    package var exchanges: [String] {
        let found = records.compactMap { record -> (preference: Int, host: String)? in
            if case .exchange(let preference, let host) = record.data { (preference, host) } else { nil }
        }
        return found.sorted { ($0.preference, $0.host) < ($1.preference, $1.host) }.map(\.host)
    }

    /// How long others may go on with what they have seen, in seconds.
    package var timeToLive: Int? { records.map(\.timeToLive).max() }
}

package struct DNSRecord: Sendable, Equatable {
    package enum Data: Sendable, Equatable {
        case address(IPAddress)
        /// A TXT record's strings, joined without anything between them.
        case text(String)
        case exchange(preference: Int, host: String)
        /// Of a CNAME or PTR.
        case name(String)
    }

    package let data: Data
    package let timeToLive: Int

    package init(_ data: Data, timeToLive: Int = 300) {
        (self.data, self.timeToLive) = (data, timeToLive)
    }
}

package enum DNSType: Int, Sendable {
    case address = 1
    case alias = 5
    case pointer = 12
    case exchange = 15
    case text = 16
    case address6 = 28
}

/// Whom DNS is asked through.
package protocol Resolver: Sendable {
    func ask(_ name: String, _ type: DNSType) async -> DNSAnswer
}

extension Resolver {
    /// IPv4 and IPv6.
    func addresses(of name: String) async -> DNSAnswer {
        async let first = ask(name, .address)
        let (six, four) = (await ask(name, .address6), await first)
        let records = four.records + six.records
        if !records.isEmpty { return .found(records) }
        if four.isUnknown || six.isUnknown { return .unknown }
        return four == .noRecord ? four : six
    }
}
