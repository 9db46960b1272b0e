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

/// One client's conversation, bytes in, replies out. While a mail is being settled nothing more is read.
final class SMTPServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var conversation: SMTPServerConversation
    private let receive: SMTPServer.Receive

    init(limits: SMTPServer.Limits, receive: @escaping SMTPServer.Receive) {
        conversation = SMTPServerConversation(limits: limits)
        self.receive = receive
    }

    func channelActive(context: ChannelHandlerContext) { send("220 localhost ESMTP Courant", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        answer(conversation.take(unwrapInboundIn(data).readableBytesView), context)
    }

    private func answer(_ events: [SMTPServerConversation.Event], _ context: ChannelHandlerContext) {
        for event in events {
            switch event {
            case .reply(let text): send(text, context)
            case .mail(let mail): settle(mail, context)
            }
        }
        if conversation.isOver { context.close(promise: nil) }
    }

    private func settle(_ mail: ReceivedMail, _ context: ChannelHandlerContext) {
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenFailure { _ in }
        receive(mail, context.eventLoop).assumeIsolated().whenComplete { result in
            let isTaken = (try? result.get()) == true
            self.answer(self.conversation.settle(isTaken: isTaken), context)
            channel.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}
