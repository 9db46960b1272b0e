import HTTPTypes
package import Mail
package import NIOCore
package import NIOHTTPTypes

/// Closes a connection whose request does not arrive whole in time. The server's idle timeout sees silence, but not a client
/// that drips its body byte by byte, and such a client would also hold up the service's stop.
///
/// It stands in the channel's pipeline and uses the event loop's own timer: a sleeping task for each request costs a
/// third of the throughput on Linux. A request that comes in one piece needs no timer at all.
package final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart

    private let limit: TimeAmount
    private let publicURL: PublicURL
    private var timer: Scheduled<Void>?
    /// A request has begun and not ended.
    private var isComing = false
    /// A file that staff import is long, and may take as long as it keeps coming: so many bytes in each span of the limit.
    private var isPatient = false
    private var bytes = 0

    static let leastPerLimit = 64 * 1024

    package init(_ limit: TimeAmount, at publicURL: PublicURL = .thisMachine) {
        self.limit = limit
        self.publicURL = publicURL
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isPatient = head.path.map { publicURL.route($0).utf8.starts(with: "/api/v1/imports?".utf8) } ?? false
            cancel()
            isComing = true
        case .body(let part):
            bytes += part.readableBytes
            if isPatient, bytes >= Self.leastPerLimit { begin(context) }
        case .end:
            cancel()
            isComing = false
        }
        context.fireChannelRead(data)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if isComing, timer == nil { begin(context) }
        context.fireChannelReadComplete()
    }

    private func begin(_ context: ChannelHandlerContext) {
        timer?.cancel()
        bytes = 0
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        cancel()
    }

    private func cancel() {
        timer?.cancel()
        timer = nil
    }
}
