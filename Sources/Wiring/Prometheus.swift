import CoreMetrics
import Synchronization

/// Counters and gauges in Prometheus' text format (version 0.0.4). Timers and recorders keep their sum and count.
final class Prometheus: MetricsFactory {
    private let series = Mutex<[String: Series]>([:])

    /// Every series, by name.
    var text: String {
        let all = series.withLock { $0 }.sorted { $0.key < $1.key }
        var lines: [String] = []
        var described: Set<String> = []
        for (name, series) in all {
            if described.insert(series.label).inserted {
                lines.append(String(MetricsHelp.head(series.label, series.kind).dropLast()))
            }
            lines.append("\(name) \(series.value)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, kind: "counter")
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? Sums(
                series("\(label)_sum", dimensions, kind: "counter"),
                series("\(label)_count", dimensions, kind: "counter"))
            : series(label, dimensions, kind: "gauge")
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Sums(
            series("\(label)_nanoseconds_sum", dimensions, kind: "counter"),
            series("\(label)_nanoseconds_count", dimensions, kind: "counter"))
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], kind: String) -> Series {
        let labels = dimensions.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        let name = labels.isEmpty ? label : "\(label){\(labels)}"
        return series.withLock { series in
            if let known = series[name] { return known }
            let made = Series(label: label, kind: kind)
            series[name] = made
            return made
        }
    }

    private final class Series: CounterHandler, RecorderHandler {
        let label: String
        let kind: String
        private let number = Atomic<Int64>(0)

        init(label: String, kind: String) {
            self.label = label
            self.kind = kind
        }

        var value: Int64 { number.load(ordering: .relaxed) }

        func increment(by amount: Int64) { number.wrappingAdd(amount, ordering: .relaxed) }
        func reset() { number.store(0, ordering: .relaxed) }
        func record(_ value: Int64) { number.store(value, ordering: .relaxed) }
        func record(_ value: Double) { record(Int64(value)) }
    }

    private final class Sums: RecorderHandler, TimerHandler {
        private let sum: Series
        private let count: Series

        init(_ sum: Series, _ count: Series) {
            self.sum = sum
            self.count = count
        }

        func record(_ value: Int64) {
            sum.increment(by: value)
            count.increment(by: 1)
        }

        func record(_ value: Double) { record(Int64(value)) }
        func recordNanoseconds(_ duration: Int64) { record(duration) }
    }
}
