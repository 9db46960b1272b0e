package import Logging
import ServiceLifecycle

/// Once a minute, whatever has outlived its rule goes: sign-ups that nobody confirmed, people who have been quiet for as long as
/// their list allows, lists that were closed. No timer of the host's is needed.
package struct Sweeper: Service {
    private let retention: Retention
    private let bounces: Bounces
    private let logger: Logger

    package init(retention: Retention, bounces: Bounces, logger: Logger) {
        self.retention = retention
        self.bounces = bounces
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let sweep = try await retention.sweep()
                    if sweep != Sweep() { logger.info("swept", metadata: sweep.metadata) }
                    let held = try await bounces.sweep()
                    if held != HeldSweep() {
                        logger.info(
                            "swept the held", metadata: ["erased": "\(held.erased)", "released": "\(held.released)"])
                    }
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
            "asked": "\(asked)",
        ]
    }
}
