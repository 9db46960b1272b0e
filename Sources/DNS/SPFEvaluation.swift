/// Reads a domain's SPF as a receiver would, for some addresses, and further: all of it is counted, also behind a match.
struct SPFEvaluation {
    /// RFC 7208 §4.6.4.
    static let mostLookups = 10
    static let mostVoid = 2
    static let mostExchanges = 10

    enum Result: Sendable, Equatable {
        case pass, fail, softFail, neutral

        init(_ qualifier: SPFRecord.Qualifier) {
            self =
                switch qualifier {
                case .pass: .pass
                case .fail: .fail
                case .softFail: .softFail
                case .neutral: .neutral
                }
        }
    }

    private let resolver: any Resolver
    private let addresses: [IPAddress]
    private(set) var lookups = 0
    private(set) var void = 0
    private(set) var includes: [String] = []
    private(set) var usesPointer = false
    /// What a receiver would give up over.
    private(set) var faults: [String] = []
    /// A name that nobody answered for.
    private(set) var unanswered: String?

    init(_ resolver: any Resolver, addresses: [IPAddress]) {
        (self.resolver, self.addresses) = (resolver, addresses)
    }

    /// What the record says of each address; of those that nothing matches, nothing.
    mutating func evaluate(_ record: SPFRecord, of domain: String) async -> [IPAddress: Result] {
        var results: [IPAddress: Result] = [:]
        for term in record.terms {
            guard goesOn else { return results }
            for address in await matches(term.mechanism, of: domain) where results[address] == nil {
                results[address] = Result(term.qualifier)
            }
        }
        guard record.all == nil, let target = record.redirect, goesOn else { return results }
        let others = await ask(target, "redirect=\(target)")
        return results.merging(others) { own, _ in own }
    }

    private var goesOn: Bool { unanswered == nil && lookups <= Self.mostLookups }

    private mutating func matches(_ mechanism: SPFRecord.Mechanism, of domain: String) async -> [IPAddress] {
        switch mechanism {
        case .all: return addresses
        case .network(let network, let prefix): return addresses.filter { $0.isWithin(network, prefix: prefix) }
        case .include(let target):
            includes.append(target.lowercased())
            return await ask(target, "include:\(target)").filter { $0.value == .pass }.map(\.key)
        case .a(let name, let four, let six):
            lookups += 1
            return await within([name ?? domain], four, six)
        case .mx(let name, let four, let six): return await exchanges(name ?? domain, four, six)
        case .ptr:
            usesPointer = true
            lookups += 1
            return []
        case .exists(let name):
            lookups += 1
            guard !isMacro(name) else { return [] }
            return note(await resolver.ask(name, .address), name).isEmpty ? [] : addresses
        }
    }

    /// Of another domain, which must have a record of its own.
    private mutating func ask(_ target: String, _ term: String) async -> [IPAddress: Result] {
        lookups += 1
        guard !isMacro(target), goesOn else { return [:] }
        let answer = await resolver.ask(target, .text)
        let texts = note(answer, target).isEmpty ? [] : answer.texts.filter(SPFRecord.isOne)
        guard unanswered == nil else { return [:] }
        guard texts.count == 1, let text = texts.first else {
            faults.append("\(term): \(target) has \(texts.isEmpty ? "no SPF record" : "several SPF records")")
            return [:]
        }
        do throws(SPFRecord.SyntaxError) {
            return await evaluate(try SPFRecord(text), of: target)
        } catch {
            faults.append("\(term): “\(error.term)” in the record of \(target) cannot be read")
            return [:]
        }
    }

    private mutating func exchanges(_ domain: String, _ four: Int, _ six: Int) async -> [IPAddress] {
        lookups += 1
        guard !isMacro(domain), goesOn else { return [] }
        let answer = await resolver.ask(domain, .exchange)
        let hosts = note(answer, domain).isEmpty ? [] : answer.exchanges
        if hosts.count > Self.mostExchanges { faults.append("mx: \(domain) has more than \(Self.mostExchanges) hosts") }
        return await within(hosts.prefix(Self.mostExchanges).filter { !$0.isEmpty }, four, six, counts: false)
    }

    private mutating func within(
        _ hosts: [String], _ four: Int, _ six: Int, counts: Bool = true
    ) async -> [IPAddress] {
        var found: [IPAddress] = []
        for host in hosts where goesOn && !isMacro(host) {
            let answer = await resolver.addresses(of: host)
            if counts || answer.isUnknown { _ = note(answer, host) }
            for network in answer.addresses {
                let prefix = network.bytes.count == 4 ? four : six
                found += addresses.filter { $0.isWithin(network, prefix: prefix) }
            }
        }
        return found
    }

    private mutating func note(_ answer: DNSAnswer, _ name: String) -> [DNSRecord] {
        switch answer {
        case .unknown: unanswered = unanswered ?? name
        case .noName, .noRecord: void += 1
        case .found: break
        }
        return answer.records
    }

    /// Filled in per mail, so that it cannot be looked at without one.
    private func isMacro(_ name: String) -> Bool { name.contains("%") }
}
