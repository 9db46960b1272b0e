package import Logging
import ServiceLifecycle

/// Once a minute, what nobody confirmed in time goes.
package struct Expiry: Service {
    private let subscriptions: Subscriptions
    private let logger: Logger

    package init(subscriptions: Subscriptions, logger: Logger) {
        self.subscriptions = subscriptions
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let count = try await subscriptions.expire()
                    if count > 0 { logger.info("unconfirmed sign-ups have expired", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.error("expiry stands still", metadata: ["cause": "\(type(of: error))"])
                }
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }
}
