import NIOCore
import NIOPosix

/// Answers every connection with the same bytes and hangs up: for what no HTTP library lets one say.
func withRawServer<Value>(_ answer: String, _ body: (String) async throws -> Value) async throws -> Value {
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(Parrot(answer: answer))
            }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    do {
        let value = try await body("http://127.0.0.1:\(server.localAddress?.port ?? 0)")
        try await server.close()
        return value
    } catch {
        try await server.close()
        throw error
    }
}

private final class Parrot: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let answer: String
    init(answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}
