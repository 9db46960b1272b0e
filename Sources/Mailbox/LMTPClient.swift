import NIOCore
import NIOPosix

/// Hands one mail to a listener of ours (RFC 2033), for `courantd report`.
package struct LMTPClient: Sendable {
    package enum Answer: Sendable, Equatable {
        case taken
        /// Send it again later: nobody listens, or the store is away.
        case later
        /// It will never be taken.
        case refused
    }

    private let place: SMTPServer.Place

    package init(_ place: SMTPServer.Place) { self.place = place }

    package func hand(_ mail: ReceivedMail) async -> Answer {
        guard let channel = try? await connect() else { return .later }
        return
            (try? await channel.executeThenClose { inbound, outbound in
                try await Self.speak(mail, inbound, outbound)
            }) ?? .later
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(10))
        switch place {
        case .address(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: Self.wrap)
        case .socket(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: Self.wrap)
        }
    }

    @Sendable private static func wrap(
        _ channel: any Channel
    ) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
    }

    private static func speak(
        _ mail: ReceivedMail, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws -> Answer {
        var replies = Replies(inbound.makeAsyncIterator())
        guard try await replies.next() == 2 else { return .later }
        let commands =
            ["LHLO localhost", "MAIL FROM:<\(mail.sender ?? "")>"] + mail.recipients.map { "RCPT TO:<\($0)>" }
        for command in commands {
            try await outbound.write(ByteBuffer(string: command + "\r\n"))
            let reply = try await replies.next()
            guard reply == 2 else { return reply == 5 ? .refused : .later }
        }
        try await outbound.write(ByteBuffer(string: "DATA\r\n"))
        guard try await replies.next() == 3 else { return .later }
        try await outbound.write(ByteBuffer(bytes: stuffed(mail.content)))
        let reply = try await replies.next()
        return reply == 2 ? .taken : reply == 5 ? .refused : .later
    }

    /// Lines end in CRLF, a dot at a line's begin is doubled (RFC 5321 §4.5.2).
    private static func stuffed(_ content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + content.count / 32)
        for line in content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if line.first == UInt8(ascii: ".") { bytes.append(UInt8(ascii: ".")) }
            bytes += line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            bytes += "\r\n".utf8
        }
        return bytes + ".\r\n".utf8
    }

    /// The first digit of each.
    private struct Replies {
        private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        private var text: [UInt8] = []

        init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator) { self.inbound = inbound }

        /// Nil where the other side has hung up.
        mutating func next() async throws -> Int? {
            while true {
                while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = Array(text[..<end])
                    text.removeSubrange(...end)
                    if line.count >= 4, line[3] != UInt8(ascii: "-") { return Int(line[0]) - 0x30 }
                }
                guard let more = try await inbound.next(), text.count < 64 * 1024 else { return nil }
                text += more.readableBytesView
            }
        }
    }
}
