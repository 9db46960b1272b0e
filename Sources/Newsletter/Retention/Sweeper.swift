package import Logging
import ServiceLifecycle

/// Once a minute, whatever has outlived its rule goes: sign-ups that nobody confirmed, people who have been quiet for as long as
/// their list allows, lists that were closed. No timer of the host's is needed.
package struct Sweeper: Service {
    private let retention: Retention
    private let bounces: Bounces
    private let dispatcher: Dispatcher
    private let logger: Logger

    package init(retention: Retention, bounces: Bounces, dispatcher: Dispatcher, logger: Logger) {
        self.retention = retention
        self.bounces = bounces
        self.dispatcher = dispatcher
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var said = Said()
            while !Task.isCancelled {
                do {
                    let sweep = try await retention.sweep()
                    if sweep.erased + sweep.asked > 0 { logger.info("swept", metadata: sweep.metadata) }
                    said.say(sweep.held, logger)
                    said.say(sweep.clock, logger)
                    try await dispatcher.bringForward()
                    let bounced = try await bounces.sweep()
                    if bounced != BounceSweep() {
                        logger.info(
                            "swept the held",
                            metadata: ["erased": "\(bounced.erased)", "released": "\(bounced.released)"])
                    }
                } catch Refusal.clockInDoubt(let standing) {
                    said.say(standing, logger)
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.error("retention stands still", metadata: ["cause": "\(error.logged)"])
                }
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }

    /// What waits for a person is said when it begins, and when it is over.
    private struct Said {
        private var held: Set<Slug> = []
        private var isClockRight = true

        mutating func say(_ sweeps: [HeldSweep], _ logger: Logger) {
            for sweep in sweeps where !held.contains(sweep.list) {
                logger.warning(
                    "a sweep is held: so many would end at once that a person has to look at it first",
                    metadata: [
                        "list": "\(sweep.list)", "due": "\(sweep.due)", "of": "\(sweep.population)",
                        "then": "courant retention release \(sweep.list) --expect \(sweep.due)",
                    ])
            }
            let now = Set(sweeps.map(\.list))
            for list in held.subtracting(now) {
                logger.notice("a sweep is held no more", metadata: ["list": "\(list)"])
            }
            held = now
        }

        mutating func say(_ standing: ClockStanding, _ logger: Logger) {
            let isRight = standing == .right
            defer { isClockRight = isRight }
            guard isRight != isClockRight else { return }
            guard let words = standing.words else { return logger.notice("the clock is believed again") }
            logger.warning("the clock may be wrong", metadata: ["why": "\(words)"])
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
