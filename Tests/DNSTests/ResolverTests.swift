import DNS
import Foundation
import Synchronization
import Testing

/// A DNS server on loopback that says what a test wants said.
final class MadeServer: Sendable {
    let port: UInt16
    private let (udp, tcp): (Int32, Int32)

    /// What is sent for a question of that id; nil: nothing. Over TCP, `overTCP` is sent.
    init(_ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?, overTCP: (@Sendable ([UInt8]) -> [UInt8]?)? = nil) throws
    {
        (udp, port) = try Self.bound(Int32(SOCK_DGRAM.rawValue), 0)
        (tcp, _) = try Self.bound(Int32(SOCK_STREAM.rawValue), port)
        listen(tcp, 8)
        let (udp, tcp) = (udp, tcp)
        Thread { Self.serve(udp) { answer($0) } }.start()
        Thread { Self.serve(stream: tcp) { (overTCP ?? answer)($0) } }.start()
    }

    func stop() {
        shutdown(udp, Int32(SHUT_RDWR))
        shutdown(tcp, Int32(SHUT_RDWR))
    }

    private static func bound(_ type: Int32, _ port: UInt16) throws -> (Int32, UInt16) {
        let socket = socket(AF_INET, type, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard done else { throw CocoaError(.featureUnsupported) }
        return (socket, UInt16(bigEndian: address.sin_port))
    }

    private static func serve(_ socket: Int32, _ answer: ([UInt8]) -> [UInt8]?) {
        while true {
            var (bytes, from) = ([UInt8](repeating: 0, count: 4096), sockaddr_storage())
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutablePointer(to: &from) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
                    let count = recvfrom(socket, &bytes, bytes.count, 0, peer, &length)
                    if count > 0, let reply = answer(Array(bytes.prefix(count))) {
                        sendto(socket, reply, reply.count, 0, peer, length)
                    }
                    if count <= 0 { length = 0 }
                }
            }
            if length == 0 { break }
        }
        close(socket)
    }

    private static func serve(stream: Int32, _ answer: ([UInt8]) -> [UInt8]?) {
        while case let peer = accept(stream, nil, nil), peer >= 0 {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = recv(peer, &bytes, bytes.count, 0)
            if count > 2, let reply = answer(Array(bytes[2..<count])) {
                let whole = [UInt8(reply.count >> 8), UInt8(reply.count & 255)] + reply
                send(peer, whole, whole.count, noSignal)
            }
            close(peer)
        }
        close(stream)
    }

    var resolver: SystemResolver { resolver(seconds: 30) }

    /// A busy machine may take long to answer itself.
    func resolver(seconds: Int) -> SystemResolver {
        SystemResolver(
            server: .init(address: "127.0.0.1", port: port), seconds: seconds, patience: .seconds(600))
    }
}

/// A peer that is gone ends nobody.
private var noSignal: Int32 {
    #if canImport(Darwin)
        0
    #else
        Int32(MSG_NOSIGNAL)
    #endif
}

/// Messages as RFC 1035 §4.1 has them.
enum Message {
    /// The question's own head and question, with so many answers and `flags`.
    static func reply(_ question: [UInt8], _ answers: [[UInt8]], flags: UInt16 = 0x8180) -> [UInt8] {
        var end = 12
        while question[end] != 0 { end += Int(question[end]) + 1 }
        return Array(question[0..<2]) + pair(flags) + pair(1) + pair(UInt16(answers.count)) + pair(0) + pair(0)
            + question[12..<end + 5] + answers.joined()
    }

    /// About the question's own name.
    static func record(_ type: UInt16, _ data: [UInt8], owner: [UInt8] = [0xC0, 0x0C]) -> [UInt8] {
        owner + pair(type) + pair(1) + [0, 0, 1, 44] + pair(UInt16(data.count)) + data
    }

    static func name(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func text(_ strings: [String]) -> [UInt8] {
        record(16, strings.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) })
    }

    static func pair(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
}

@Suite struct ResolverTests {
    @Test func `a text's strings are joined without a space, and a null MX is an empty host`() async throws {
        let server = try MadeServer { question in
            question.holdsType(16)
                ? Message.reply(question, [Message.text(["v=spf1 ip4:8.8.4", ".4 -all"])])
                : Message.reply(question, [Message.record(15, [0, 0, 0])])
        }
        defer { server.stop() }
        let resolver = server.resolver
        #expect(await resolver.ask("example.org", .text).texts == ["v=spf1 ip4:8.8.4.4 -all"])
        #expect(await resolver.ask("example.org", .exchange).exchanges == [""])
        #expect(await resolver.ask("example.org", .text).timeToLive == 300)
    }

    @Test func `an answer that is cut short comes whole by TCP`() async throws {
        let strings = (0..<40).map { String(repeating: "x", count: 250) + "\($0)" }
        let server = try MadeServer(
            { Message.reply($0, [], flags: 0x8380) }, overTCP: { Message.reply($0, [Message.text(strings)]) })
        defer { server.stop() }
        #expect(await server.resolver.ask("example.org", .text).texts == [strings.joined()])
    }

    @Test func `no such name and no such record are told apart, and a server's failure is neither`() async throws {
        for (flags, expected) in [
            (UInt16(0x8183), DNSAnswer.noName), (0x8180, .noRecord), (0x8182, .unknown), (0x8185, .unknown),
        ] {
            let server = try MadeServer { Message.reply($0, [], flags: flags) }
            #expect(await server.resolver.ask("example.org", .text) == expected)
            server.stop()
        }
    }

    @Test func `silence says nothing about what is there`() async throws {
        let server = try MadeServer { _ in nil }
        defer { server.stop() }
        #expect(await server.resolver(seconds: 1).ask("example.org", .text) == .unknown)
    }

    @Test func `aliases are followed, and those that lead round in a circle are not`() async throws {
        let alias: @Sendable (String) -> [UInt8] = { Message.record(5, Message.name($0)) }
        let server = try MadeServer { question in
            question.holdsName("end")
                ? Message.reply(question, [Message.text(["there"])])
                : question.holdsName("circle")
                    ? Message.reply(question, [alias("circle.example.org")])
                    : question.holdsName("ping")
                        ? Message.reply(question, [alias("pong.example.org")])
                        : question.holdsName("pong")
                            ? Message.reply(question, [alias("ping.example.org")])
                            : Message.reply(question, [alias("end.example.org")])
        }
        defer { server.stop() }
        let resolver = server.resolver
        #expect(await resolver.ask("start.example.org", .text).texts == ["there"])
        #expect(await resolver.ask("circle.example.org", .text) == .unknown)
        #expect(await resolver.ask("ping.example.org", .text) == .unknown)
    }

    @Test func `garbage is no answer and does no harm`() async throws {
        let seen = Mutex(0)
        let server = try MadeServer { question in
            let number = seen.withLock {
                $0 += 1; return $0
            }
            var random = SystemRandomNumberGenerator()
            var reply = Message.reply(
                question, [Message.text(["v=spf1 -all"]), Message.record(15, [0, 1, 0xC0, 0x0C])])
            for _ in 0..<number % 7 {
                reply[Int.random(in: 12..<reply.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            return number % 3 == 0 ? Array(reply.prefix(.random(in: 12...reply.count, using: &random))) : reply
        }
        defer { server.stop() }
        let resolver = server.resolver(seconds: 1)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask { _ = await resolver.ask("n\(index).example.org", index % 2 == 0 ? .text : .exchange) }
            }
        }
        #expect(seen.withLock { $0 } >= 40)
    }

    @Test func `each question is asked but once, and none when the time is over`() async throws {
        let seen = Mutex(0)
        let server = try MadeServer { question in
            seen.withLock { $0 += 1 }
            return Message.reply(question, [Message.text(["x"])])
        }
        defer { server.stop() }
        let resolver = server.resolver
        for _ in 0..<3 { _ = await resolver.ask("Example.org", .text) }
        #expect(seen.withLock { $0 } == 1)
        let late = SystemResolver(server: .init(address: "127.0.0.1", port: server.port), patience: .zero)
        #expect(await late.ask("example.org", .text) == .unknown)
        #expect(seen.withLock { $0 } == 1)
    }
}

extension [UInt8] {
    fileprivate func holdsName(_ label: String) -> Bool {
        let word = [UInt8(label.utf8.count)] + Array(label.utf8)
        return indices.contains { self[$0...].starts(with: word) }
    }

    /// Of a question without more behind it than an OPT record.
    fileprivate func holdsType(_ type: UInt8) -> Bool {
        var end = 12
        while self[end] != 0 { end += Int(self[end]) + 1 }
        return self[end + 2] == type
    }
}
