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

/// A small SMTP and LMTP server on loopback or a socket, for the demo's mailbox and for what comes back: it takes every mail,
/// hands it on as soon as its last line is there, and answers when that is settled. Whatever a client does, a connection
/// holds no more than `kept` bytes of one mail.
package final class SMTPServer: Sendable {
    package struct Limits: Sendable {
        package var largestMail = 10 * 1024 * 1024
        /// Of each mail so much is handed on.
        package var kept = Int.max
        package var recipients = 100
        package var connections = 200
        /// How long a client may be silent.
        package var silence: Duration = .seconds(300)

        package init() {}
    }

    /// Whether the mail was taken: 250 or 451.
    package typealias Receive = @Sendable (ReceivedMail, any EventLoop) -> EventLoopFuture<Bool>

    package enum Place: Sendable {
        /// On a port of the system's choice for port 0.
        case address(host: String, port: Int)
        case socket(path: String)
    }

    /// The port that it listens on; 0 for a socket.
    package let port: Int
    private let channel: any Channel
    private let clients: SMTPClients

    private init(_ channel: any Channel, _ clients: SMTPClients) {
        self.channel = channel
        self.clients = clients
        port = channel.localAddress?.port ?? 0
    }

    /// `receive` is called for each mail, on the server's own thread.
    package static func start(
        host: String = "127.0.0.1", port: Int = 0, limits: Limits = Limits(),
        receive: @escaping @Sendable (ReceivedMail) -> Void
    ) async throws -> SMTPServer {
        try await start(at: .address(host: host, port: port), limits: limits) { mail, loop in
            receive(mail)
            return loop.makeSucceededFuture(true)
        }
    }

    /// The same with somebody who takes their time; what they throw, or answer with false, is to be sent again later.
    package static func start(
        at place: Place, limits: Limits = Limits(), settle: @escaping @Sendable (ReceivedMail) async throws -> Bool
    ) async throws -> SMTPServer {
        try await start(at: place, limits: limits) { mail, loop in
            loop.makeFutureWithTask { try await settle(mail) }
        }
    }

    private static func start(
        at place: Place, limits: Limits, receive: @escaping Receive
    ) async throws -> SMTPServer {
        let clients = SMTPClients(most: limits.connections)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                guard clients.add(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    let silence = TimeAmount.nanoseconds(Int64(limits.silence / .nanoseconds(1)))
                    try channel.pipeline.syncOperations.addHandlers(
                        IdleStateHandler(readTimeout: silence), SMTPServerHandler(limits: limits, receive: receive))
                }
            }
        let channel =
            switch place {
            case .address(let host, let port):
                try await bootstrap.childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                    .bind(host: host, port: port).get()
            case .socket(let path):
                try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            }
        return SMTPServer(channel, clients)
    }

    /// Hangs up on everybody.
    package func stop() async {
        try? await channel.close().get()
        for client in clients.all { try? await client.close().get() }
    }
}
