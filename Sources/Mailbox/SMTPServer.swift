package import NIOCore
import NIOPosix

/// A mail as it came: the envelope, and its content byte for byte, without the doubled dots of the wire.
package struct ReceivedMail: Sendable {
    /// Nil for the null sender.
    package let sender: String?
    package let recipients: [String]
    package let content: [UInt8]

    package init(sender: String?, recipients: [String], content: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.content = content
    }
}

/// A small SMTP server for the demo's mailbox, on loopback: it takes every mail, and hands it on as soon as its last line is
/// there. Whatever a client does, a connection holds no more than one mail of `largestMail` bytes.
package final class SMTPServer: Sendable {
    package struct Limits: Sendable {
        package var largestMail = 10 * 1024 * 1024
        package var recipients = 100
        package var connections = 200
        /// How long a client may be silent.
        package var silence: Duration = .seconds(300)

        package init() {}
    }

    /// The port that it listens on.
    package let port: Int
    private let channel: any Channel
    private let clients: SMTPClients

    private init(_ channel: any Channel, _ clients: SMTPClients) {
        self.channel = channel
        self.clients = clients
        port = channel.localAddress?.port ?? 0
    }

    /// Listens, on a port of the system's choice for port 0. `receive` is called for each mail, on the server's own thread.
    package static func start(
        host: String = "127.0.0.1", port: Int = 0, limits: Limits = Limits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        receive: @escaping @Sendable (ReceivedMail) -> Void
    ) async throws -> SMTPServer {
        let clients = SMTPClients(most: limits.connections)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                guard clients.add(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    let silence = TimeAmount.nanoseconds(Int64(limits.silence / .nanoseconds(1)))
                    try channel.pipeline.syncOperations.addHandlers(
                        IdleStateHandler(readTimeout: silence), SMTPServerHandler(limits: limits, receive: receive))
                }
            }
            .bind(host: host, port: port).get()
        return SMTPServer(channel, clients)
    }

    /// Hangs up on everybody.
    package func stop() async {
        try? await channel.close().get()
        for client in clients.all { try? await client.close().get() }
    }
}
