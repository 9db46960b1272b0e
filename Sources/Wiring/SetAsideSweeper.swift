import Foundation
import Logging
import Newsletter
import SQLStore
import ServiceLifecycle

/// Deletes what restores and upgrades have set aside, once its term is over: it can be read with the key in use, and whoever has left
/// since is still in it.
struct SetAsideSweeper: Service {
    let database: String
    let clock: WallClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                sweep()
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }

    func sweep() {
        for aside in SetAside.all(of: database) where aside.until <= clock.now() {
            do {
                try aside.delete()
                logger.notice("deleted what was set aside", metadata: ["file": "\(aside.path)"])
            } catch {
                logger.error(
                    "what was set aside cannot be deleted: delete it by hand",
                    metadata: ["file": "\(aside.path)"])
            }
        }
    }
}
