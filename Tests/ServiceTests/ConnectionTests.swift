import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Web

@Suite struct ConnectionTests {
    private static let head = HTTPRequestPart.head(HTTPRequest(method: .get, scheme: "http", authority: "x", path: "/"))
    private static let answer = HTTPResponsePart.head(HTTPResponse(status: .ok))

    /// A connection from there, open.
    private func visitor(_ address: String, to connections: Connections) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(ConnectionGate(connections))
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 4711)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 4711)).wait()
        return channel
    }

    private func refusal(_ channel: EmbeddedChannel) throws -> HTTPResponse? {
        guard case .head(let head)? = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
        return head
    }

    @Test func `a network's own silent connection gives way, and nobody else's`() throws {
        let connections = Connections(mostOfOne: 2)
        let other = try visitor("192.0.3.1", to: connections)
        let (first, second) = (try visitor("192.0.2.1", to: connections), try visitor("192.0.2.2", to: connections))
        #expect(try visitor("192.0.2.3", to: connections).isActive && !first.isActive && second.isActive)
        #expect(other.isActive && connections.count == 3)
    }

    @Test func `a network gets its number, is told when to come again, and others go on`() throws {
        let connections = Connections(mostOfOne: 2)
        let first = try visitor("192.0.2.1", to: connections)
        for served in [first, try visitor("192.0.2.2", to: connections)] {
            for part in [Self.head, .end(nil)] { try served.writeInbound(part) }
        }
        let third = try visitor("192.0.2.3", to: connections)
        let refusal = try #require(try refusal(third))
        #expect(!third.isActive && refusal.status == .tooManyRequests && refusal.headerFields[.retryAfter] == "5")
        #expect(try visitor("192.0.3.1", to: connections).isActive && connections.count == 3)
        _ = try first.finish()
        #expect(connections.count == 2)
        #expect(try visitor("192.0.2.3", to: connections).isActive)
    }

    @Test(arguments: ["127.0.0.1", "::1", "10.1.2.3", "::ffff:10.1.2.3"])
    func `a proxy that we trust is not counted as one client`(_ address: String) throws {
        let proxies = Proxies(trusted: ["10.0.0.0/8"].compactMap { AddressRange($0) })
        let connections = Connections(mostOfOne: 1, proxies: proxies)
        for _ in 1...5 { #expect(try visitor(address, to: connections).isActive) }
        #expect(connections.count == 5)
    }

    @Test func `when all places are taken, who has waited longest gives way`() throws {
        let connections = Connections(most: 3)
        let (asking, silent, served) = (
            try visitor("192.0.2.1", to: connections), try visitor("192.0.2.2", to: connections),
            try visitor("192.0.2.3", to: connections)
        )
        // Half a request is none.
        try asking.writeInbound(Self.head)
        for part in [Self.head, .end(nil)] { try served.writeInbound(part) }
        #expect(try visitor("192.0.2.4", to: connections).isActive && !asking.isActive && silent.isActive)
        #expect(try visitor("192.0.2.5", to: connections).isActive && !silent.isActive && served.isActive)
        #expect(connections.count == 3)
    }

    @Test func `while everybody is being served, who comes is told to come again`() throws {
        let connections = Connections(most: 1)
        let served = try visitor("192.0.2.1", to: connections)
        for part in [Self.head, .end(nil)] { try served.writeInbound(part) }
        let late = try visitor("192.0.2.2", to: connections)
        #expect(try refusal(late)?.status == .serviceUnavailable && !late.isActive)
        for part in [Self.answer, .end(nil)] { try served.writeOutbound(part) }
        #expect(try visitor("192.0.2.2", to: connections).isActive && !served.isActive)
    }

    @Test func `who does not read its answer is cut off, who reads late is not`() throws {
        let connections = Connections(most: 1)
        let channel = try visitor("192.0.2.1", to: connections)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.advanceTime(by: ConnectionGate.patience - .seconds(1))
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.advanceTime(by: ConnectionGate.patience)
        #expect(!channel.isActive && connections.count == 0)
    }
}
