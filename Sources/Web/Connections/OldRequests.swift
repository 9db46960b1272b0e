package import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// What is to be done before the codec that forgets a request's version. HTTP/1.0 knows no `Host`, and load balancers' health checks send none: such a request gets one, so that behind it everybody is asked for one (RFC 9112 §3.2). Nothing uses its value.
///
/// And whoever waits to be told to go on (`Expect: 100-continue`, RFC 9110 §10.1.1: curl with a large file) is told.
///
/// A server adds handlers behind that codec alone, so this one puts another before it.
package final class OldRequests: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = NIOAny

    package init() {}

    package func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? pipeline.addHandler(BeforeCodec(), position: .before(codec))
    }
}

private final class BeforeCodec: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if head.version == .http1_0 {
            if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "localhost") }
        } else if head.headers["Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
