import NIOCore
import Synchronization

/// The clients that are connected, so that there are not too many, and all can be hung up on.
final class SMTPClients: Sendable {
    private let most: Int
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(most: Int) { self.most = most }

    var all: [any Channel] { channels.withLock { Array($0.values) } }

    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let fits = channels.withLock { channels in
            guard channels.count < most else { return false }
            channels[id] = channel
            return true
        }
        if fits { channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[id] = nil } } }
        return fits
    }
}

/// One client's conversation (RFC 5321), bytes in, replies out.
final class SMTPServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var conversation: SMTPServerConversation
    private let receive: @Sendable (ReceivedMail) -> Void

    init(limits: SMTPServer.Limits, receive: @escaping @Sendable (ReceivedMail) -> Void) {
        conversation = SMTPServerConversation(limits: limits)
        self.receive = receive
    }

    func channelActive(context: ChannelHandlerContext) { send("220 localhost ESMTP Courant mailbox", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        conversation.take(buffer.readableBytesView) { event in
            switch event {
            case .reply(let text): send(text, context)
            case .mail(let mail): receive(mail)
            }
        }
        if conversation.isOver { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}
