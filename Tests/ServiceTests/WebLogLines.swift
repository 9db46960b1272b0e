import Logging
import Synchronization

/// Everything that is logged at any level, as text.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logger: Logger {
        var logger = Logger(label: "lines") { _ in Handler(lines: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, own in own }
            let words = all.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            let error = event.error.map { " error=\($0)" } ?? ""
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(words)\(error)") }
        }
    }
}
