package import Logging
import ServiceLifecycle

/// Puts people of accepted files on their lists, and keeps the wishes of those who are never to be written to again: when one is accepted, at the start (a crash may have interrupted it),
/// and once a minute.
package struct Importer: Service {
    private let imports: Imports
    private let blocks: Blocks
    private let logger: Logger

    package init(imports: Imports, blocks: Blocks, logger: Logger) {
        self.imports = imports
        self.blocks = blocks
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
                var importing = StandStill(of: "an import")
                while !Task.isCancelled {
                    do {
                        try await blocks.work()
                        try await imports.work()
                        importing.isOver(logger)
                    } catch {
                        guard !Task.isCancelled else { return }
                        importing.begins(error, logger)
                    }
                    await imports.bell.wait()
                }
            }
        }
    }
}
