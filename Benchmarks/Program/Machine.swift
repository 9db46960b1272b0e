import Foundation

/// What it was measured on: without it no figure means anything.
enum Machine {
    static var description: String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let memory = ProcessInfo.processInfo.physicalMemory / 1_000_000_000
        return "\(processor), \(cores) cores, \(memory) GB, \(system); load \(load); \(Date.now.formatted(.iso8601))"
    }

    private static var processor: String {
        let lines = text("/proc/cpuinfo").split(separator: "\n")
        let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? "unknown processor"
        return name.trimmingCharacters(in: .whitespaces)
    }

    private static var system: String {
        text("/proc/version").split(separator: " ").prefix(3).joined(separator: " ")
    }

    /// Over the last minute: others who work here are in every wall-clock figure.
    static var load: String { text("/proc/loadavg").split(separator: " ").first.map(String.init) ?? "unknown" }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}
