internal import CResolve
internal import Foundation
internal import Synchronization

/// Asks this machine's name servers, by libresolv: each question on a thread of its own, each but once, and none any more
/// once `patience` is over. So a machine without a network is told of within seconds.
package final class SystemResolver: Resolver {
    /// Another server than the machine's own.
    package struct Server: Sendable {
        package let address: String
        package let port: UInt16

        package init(address: String, port: UInt16) {
            (self.address, self.port) = (address, port)
        }
    }

    private struct Question: Hashable {
        let name: String
        let type: DNSType
    }

    private let server: Server?
    private let seconds: Int32
    private let end: ContinuousClock.Instant
    private let asked = Mutex<[Question: Task<DNSAnswer, Never>]>([:])
    private let threads = DispatchQueue(label: "courant.dns", attributes: .concurrent)

    /// `seconds`: for one server to answer, which each is asked for twice.
    package init(server: Server? = nil, seconds: Int = 2, patience: Duration = .seconds(12)) {
        (self.server, self.seconds) = (server, Int32(seconds))
        end = ContinuousClock.now + patience
    }

    package func ask(_ name: String, _ type: DNSType) async -> DNSAnswer {
        let question = Question(name: name.lowercased(), type: type)
        let task = asked.withLock { asked in
            if let task = asked[question] { return task }
            let task = Task { await self.follow(question) }
            asked[question] = task
            return task
        }
        return await task.value
    }

    /// Some servers give an alias alone: then its target is asked for, eight times at most.
    private func follow(_ question: Question) async -> DNSAnswer {
        var name = question.name
        for _ in 0..<8 {
            guard ContinuousClock.now < end else { return .unknown }
            switch await reply(Question(name: name, type: question.type)) {
            case .answer(let answer): return answer
            case .alias(let target): name = target
            }
        }
        return .unknown
    }

    private func reply(_ question: Question) async -> DNSReply {
        await withCheckedContinuation { continuation in
            threads.async { [server, seconds] in
                continuation.resume(returning: DNSReply(question.name, question.type, server, seconds))
            }
        }
    }
}

/// One message of a server.
enum DNSReply {
    case answer(DNSAnswer)
    /// Nothing of the type, but another name to ask for.
    case alias(String)

    /// The largest there can be: what does not fit cannot be read.
    private static let room = 65_535

    /// Blocks.
    init(_ name: String, _ type: DNSType, _ server: SystemResolver.Server?, _ seconds: Int32) {
        var (bytes, count) = ([UInt8](repeating: 0, count: Self.room), Int32(0))
        let outcome = courant_dns_ask(
            name, Int32(type.rawValue), server?.address, server?.port ?? 0, seconds, &bytes, Int32(Self.room), &count)
        switch UInt32(outcome) {
        case courant_dns_answered.rawValue: self.init(Array(bytes.prefix(Int(count))), to: name, type)
        case courant_dns_no_name.rawValue: self = .answer(.noName)
        case courant_dns_no_record.rawValue: self = .answer(.noRecord)
        default: self = .answer(.unknown)
        }
    }

    init(_ message: [UInt8], to name: String, _ type: DNSType) {
        var (index, records, aliases) = (Int32(0), [DNSRecord](), [String: String]())
        while let found = RawRecord(message, index) {
            if found.type == type.rawValue {
                guard let data = found.data(type, message) else {
                    self = .answer(.unknown)
                    return
                }
                records.append(DNSRecord(data, timeToLive: found.timeToLive))
            } else if found.type == DNSType.alias.rawValue, case .name(let target) = found.data(.alias, message) {
                aliases[found.owner] = target
            }
            index += 1
        }
        if !records.isEmpty {
            self = .answer(.found(records))
        } else if let target = Self.end(of: aliases, from: name) {
            self = .alias(target)
        } else {
            self = .answer(.unknown)
        }
    }

    private static func end(of aliases: [String: String], from name: String) -> String? {
        var (name, steps) = (name.lowercased(), 0)
        while let target = aliases[name], steps <= aliases.count { (name, steps) = (target, steps + 1) }
        return steps == 0 || steps > aliases.count ? nil : name
    }
}

private struct RawRecord {
    let owner: String
    let type: Int
    let timeToLive: Int
    private let place: Int
    private let length: Int

    init?(_ message: [UInt8], _ index: Int32) {
        var owner = [CChar](repeating: 0, count: 1025)
        var (type, place, length, timeToLive) = (Int32(0), Int32(0), Int32(0), UInt32(0))
        guard
            courant_dns_record(message, Int32(message.count), index, &owner, &type, &timeToLive, &place, &length) == 1
        else { return nil }
        self.owner = Self.text(owner)
        (self.type, self.timeToLive) = (Int(type), Int(min(timeToLive, UInt32(Int32.max))))
        (self.place, self.length) = (Int(place), Int(length))
    }

    private static func text(_ name: [CChar]) -> String {
        String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
    }

    private static func name(at place: Int, _ message: [UInt8]) -> String? {
        var name = [CChar](repeating: 0, count: 1025)
        guard courant_dns_name(message, Int32(message.count), Int32(place), &name) == 1 else { return nil }
        let text = text(name)
        return text == "." ? "" : text
    }

    func data(_ type: DNSType, _ message: [UInt8]) -> DNSRecord.Data? {
        let bytes = message[place..<place + length]
        switch type {
        case .address, .address6:
            return bytes.count == (type == .address ? 4 : 16)
                ? IPAddress(bytes: Array(bytes)).map { .address($0) } : nil
        case .alias, .pointer: return Self.name(at: place, message).map { .name($0) }
        case .exchange:
            guard length > 2 else { return nil }
            let preference = Int(message[place]) << 8 | Int(message[place + 1])
            return Self.name(at: place + 2, message).map { .exchange(preference: preference, host: $0) }
        case .text: return Self.strings(bytes).map { .text($0) }
        }
    }

    private static func strings(_ bytes: ArraySlice<UInt8>) -> String? {
        var (rest, text) = (bytes, [UInt8]())
        while let count = rest.popFirst() {
            guard rest.count >= count else { return nil }
            text += rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
