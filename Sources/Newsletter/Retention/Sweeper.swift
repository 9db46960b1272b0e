package import Logging
import ServiceLifecycle

/// Once a minute, whatever has outlived its rule goes: sign-ups that nobody confirmed, people who have been quiet for as long as
/// their list allows, lists that were closed. No timer of the host's is needed.
package struct Sweeper: Service {
    private let retention: Retention
    private let logger: Logger

    package init(retention: Retention, logger: Logger) {
        self.retention = retention
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let sweep = try await retention.sweep()
                    if sweep != Sweep() { logger.info("swept", metadata: sweep.metadata) }
                } catch {
                    logger.error("retention stands still", metadata: ["cause": "\(type(of: error))"])
                }
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }
}

extension Sweep {
    fileprivate var metadata: Logger.Metadata {
        [
            "expired": "\(expired)", "ended": "\(ended)", "closed": "\(closed)", "uninformed": "\(uninformed)",
            "asked": "\(asked)", "requests": "\(requests)",
        ]
    }
}
