import Hummingbird
import Logging
import ServiceLifecycle

/// `/livez`: the process answers. `/readyz`: it can serve; not while the store cannot be written, nor once it is stopping.
struct HealthRoutes: Sendable {
    static let paths: Set = ["/livez", "/readyz"]

    let readiness: @Sendable () async -> Readiness

    func add(to router: Router<WebContext>) {
        router.get("/livez") { _, _ in Response(plain: "alive") }
        router.get("/readyz", use: ready)
    }

    @Sendable private func ready(_ request: Request, _ context: WebContext) async -> Response {
        if Task.isShuttingDownGracefully { return notReady("stopping") }
        switch await readiness() {
        case .ready: return Response(plain: "ready")
        case .notReady(let reason):
            context.logger.error("not ready", metadata: ["reason": "\(reason)"])
            return notReady("not ready")
        }
    }

    private func notReady(_ text: String) -> Response {
        Response(plain: text, status: .serviceUnavailable).with(.retryAfter, "5")
    }
}

extension Response {
    fileprivate init(plain text: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}
