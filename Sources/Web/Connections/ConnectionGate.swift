import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Stands in each connection's pipeline: takes a place when it opens, tells whether it is waited for or served, and gives
/// the place back. Who finds none is told to come again, before anything of theirs is read.
///
/// It also ends connections whose client does not read its answer: such a one waits for ever otherwise.
package final class ConnectionGate: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    /// How long an answer may lie unread.
    package static let patience: TimeAmount = .seconds(30)

    private let connections: Connections
    private var place: Connections.Place?
    /// Pipelined requests that came whole and are not yet answered.
    private var unanswered = 0
    private var timer: Scheduled<Void>?

    package init(_ connections: Connections) {
        self.connections = connections
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { enter(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        enter(context)
        context.fireChannelActive()
    }

    private func enter(_ context: ChannelHandlerContext) {
        guard place == nil else { return }
        do throws(Connections.Full) {
            place = try connections.enter(context.channel)
        } catch {
            let head = HTTPResponse(
                status: error.status, headerFields: [.retryAfter: "5", .connection: "close", .contentLength: "0"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = unwrapInboundIn(data) {
            unanswered += 1
            place?.isServed()
        }
        context.fireChannelRead(data)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            unanswered -= 1
            if unanswered <= 0 { place?.waits(at: .now()) }
        }
        context.write(data, promise: promise)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        if !context.channel.isWritable {
            let channel = context.channel
            timer = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { leave() }

    private func leave() {
        timer?.cancel()
        timer = nil
        if let place { connections.leave(place) }
    }
}
