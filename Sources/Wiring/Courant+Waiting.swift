import Foundation
import Hummingbird
package import Logging
import Mail
import Newsletter
import ServiceLifecycle
import Synchronization

extension Courant {
    /// Wired once the database is there: a machine that starts everything at once starts it too early. Meanwhile it is alive
    /// and not ready, and says once why. Nil: it was told to stop. `stop`: the wish of whoever may have told it meanwhile.
    package static func whenReachable(
        _ settings: Settings, logger: Logger
    ) async throws -> (courant: Courant, stop: StopWish?)? {
        switch try attempt(settings, logger) {
        case .wired(let courant): return (courant, nil)
        case .away(let why): logger.warning("the database is away: it is waited for", metadata: ["why": "\(why)"])
        }
        ServiceManager.current?.tell("READY=1", "STATUS=the database is away: it is waited for")
        let (patience, stop) = (Patience(settings: settings, logger: logger), await StopWish.trapped())
        var group = ServiceGroupConfiguration(
            services: ([waitingRoom(settings, logger), waitingMetrics(settings, logger)] as [(any Service)?])
                .compactMap(\.self).map { .init(service: $0) } + [
                    .init(
                        service: patience, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup), .ending(with: stop),
                ],
            logger: quiet(logger))
        group.maximumGracefulShutdownDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
        guard let found = patience.found.withLock(\.self) else { return nil }
        logger.notice("the database is there")
        return (found, stop)
    }

    private enum Attempt {
        case wired(Courant)
        case away(why: String)
    }

    private static func attempt(_ settings: Settings, _ logger: Logger) throws(StartFailure) -> Attempt {
        do throws(StartFailure) {
            return .wired(try Courant(settings, logger: logger))
        } catch {
            guard case .databaseAway(let why) = error else { throw error }
            return .away(why: why)
        }
    }

    private static func waitingRoom(_ settings: Settings, _ logger: Logger) -> any Service {
        let router = Router()
        router.get("/livez") { _, _ in "alive\n" }
        router.add(middleware: WaitingRoom())
        return Application(
            router: router, configuration: .init(address: .hostname(settings.http.host, port: settings.http.port)),
            logger: quiet(logger))
    }

    private static func waitingMetrics(_ settings: Settings, _ logger: Logger) -> (any Service)? {
        MetricsServer(store: nil, clock: .system, health: RelayHealth([]), settings: settings.metrics)
            .service(logger: quiet(logger))
    }

    /// Everything but `/livez`.
    private struct WaitingRoom<Context: RequestContext>: RouterMiddleware {
        func handle(
            _ request: Request, context: Context, next: (Request, Context) async throws -> Response
        ) async throws -> Response {
            if request.uri.path == "/livez" { return try await next(request, context) }
            return Response(
                status: .serviceUnavailable,
                headers: [.retryAfter: "5", .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "not ready\n")))
        }
    }

    /// Tries once a second.
    private final class Patience: Service {
        let found = Mutex<Courant?>(nil)
        private let settings: Settings
        private let logger: Logger

        init(settings: Settings, logger: Logger) {
            self.settings = settings
            self.logger = logger
        }

        func run() async throws {
            try await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(1))
                    guard !Task.isCancelled else { return }
                    guard case .wired(let courant) = try Courant.attempt(self.settings, self.logger) else { continue }
                    return self.found.withLock { $0 = courant }
                }
            }
        }
    }
}
