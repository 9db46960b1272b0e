package import Logging
import ServiceLifecycle

/// Puts people of accepted files on their lists: when one is accepted, at the start (a crash may have interrupted it),
/// and once a minute.
package struct Importer: Service {
    private let imports: Imports
    private let logger: Logger

    package init(imports: Imports, logger: Logger) {
        self.imports = imports
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(60))
                        imports.bell.ring()
                    }
                    imports.bell.ring()
                }
                while !Task.isCancelled {
                    do {
                        try await imports.work()
                    } catch {
                        guard !Task.isCancelled else { return }
                        logger.error("an import stands still", metadata: ["cause": "\(type(of: error))"])
                    }
                    await imports.bell.wait()
                }
            }
        }
    }
}
