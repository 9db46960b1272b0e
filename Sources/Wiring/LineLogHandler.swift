import Foundation
package import Logging
import Synchronization

/// A line for each event on standard output. As JSON: one object, with `time`, `level`, `event`, and the event's own fields.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    /// This logger's own level; nil: everybody's.
    private var own: Logger.Level?
    let threshold: LogThreshold
    let label: String
    let format: Settings.LogFormat

    init(threshold: LogThreshold, label: String, format: Settings.LogFormat) {
        (self.threshold, self.label, self.format) = (threshold, label, format)
    }

    var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

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
        guard let line = Self.line(format, event.level, "\(event.message)", fields, label) else { return }
        Self.writer(format).write(line)
    }

    private static func line(
        _ format: Settings.LogFormat, _ level: Logger.Level, _ message: String, _ fields: [String: String],
        _ label: String
    ) -> Data? {
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        switch format {
        case .text:
            let words = fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return Data("\(time) \(level) \(label): \(message)\(words)\n".utf8)
        case .json:
            let own = ["time": time, "level": level.rawValue, "event": message, "logger": label]
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try? encoder.encode(fields.merging(own) { $1 }) + Data([0x0A])
        }
    }

    // MARK: Where the lines go

    /// One for the process, in its only format.
    private static func writer(_ format: Settings.LogFormat) -> LogWriter { format == .json ? json : text }

    private static let json = writer(of: .json)
    private static let text = writer(of: .text)

    private static func writer(of format: Settings.LogFormat) -> LogWriter {
        atexit { LineLogHandler.finish() }
        made.withLock { $0.append(format) }
        return LogWriter(STDOUT_FILENO) { count in
            line(
                format, .warning, "the log was not read: lines were dropped", ["dropped": "\(count)"], "courantd")
                ?? Data()
        }
    }

    private static let made = Mutex<[Settings.LogFormat]>([])

    /// What was logged before an end is written by then.
    private static func finish() {
        for format in made.withLock({ $0 }) { writer(format).finish() }
    }
}

extension Settings {
    package func logger(_ label: String = "courantd") -> Logger {
        let threshold = LogThreshold(Logger.Level(rawValue: logLevel) ?? .info)
        return Logger(label: label) { LineLogHandler(threshold: threshold, label: $0, format: logFormat) }
    }
}

/// What is too little to be logged, for all copies of a logger; it may change while they log.
final class LogThreshold: Sendable {
    private let held: Mutex<Logger.Level>

    init(_ level: Logger.Level) { held = Mutex(level) }

    var level: Logger.Level {
        get { held.withLock(\.self) }
        set { held.withLock { $0 = newValue } }
    }
}

extension Logger {
    package func log(_ remark: Settings.Remark) {
        switch remark {
        case .notice(let words): notice("settings", metadata: ["remark": "\(words)"])
        case .warning(let words): warning("settings", metadata: ["remark": "\(words)"])
        }
    }
}
