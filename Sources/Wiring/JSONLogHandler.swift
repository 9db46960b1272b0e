import Foundation
package import Logging
import Synchronization

/// One JSON object a line on standard output: `time`, `level`, `event`, and the event's own fields.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let label: String

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for (key, value) in metadata { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        // An error's own text may quote what a visitor typed; its type does not.
        if let error = event.error { fields["error"] = "\(type(of: error))" }
        fields["time"] = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        fields["level"] = event.level.rawValue
        fields["event"] = "\(event.message)"
        fields["logger"] = label
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return }
        // Where the log cannot be written (a full disk, a reader that is gone) the service goes on; `write(_:)` would end it.
        Self.output.withLock { try? $0.write(contentsOf: line + Data([0x0A])) }
    }

    private static let output = Mutex(FileHandle.standardOutput)
}

extension Logger {
    package func log(_ remark: Settings.Remark) {
        switch remark {
        case .notice(let words): notice("settings", metadata: ["remark": "\(words)"])
        case .warning(let words): warning("settings", metadata: ["remark": "\(words)"])
        }
    }
}

extension Settings {
    package func logger(_ label: String = "courantd") -> Logger {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        var logger: Logger
        switch logFormat {
        case .json: logger = Logger(label: label) { JSONLogHandler(logLevel: level, label: $0) }
        case .text: logger = Logger(label: label) { StreamLogHandler.standardOutput(label: $0) }
        }
        logger.logLevel = level
        return logger
    }
}
