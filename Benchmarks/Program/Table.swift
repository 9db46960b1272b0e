import Foundation
import Trials

/// What is to be reached, and whether it was.
struct Target {
    let text: String
    let isReached: Bool

    init(_ text: String, _ isReached: Bool) { (self.text, self.isReached) = (text, isReached) }
}

struct Row {
    var name: String
    var figure: String
    var yardstick: String
    var ratio: String
    var target: Target?
    var memory: String
    var cpu: String

    init(_ name: String, figure: String, yardstick: String = "", ratio: Double? = nil, target: Target? = nil) {
        (self.name, self.figure, self.yardstick, self.target) = (name, figure, yardstick, target)
        self.ratio = ratio.map { decimal($0, 2) } ?? ""
        (memory, cpu) = ("", "")
    }

    init(_ name: String, _ series: Series, yardstick: String = "", ratio: Double? = nil, target: Target? = nil) {
        self.init(name, figure: perSecond(series.rate), yardstick: yardstick, ratio: ratio, target: target)
        if series.failures > 0 { figure += ", \(series.failures) failed" }
        (memory, cpu) = (megabytes(series.peak), micro(series.cpu))
        if series.databaseCPU > 0 { cpu += " and \(micro(series.databaseCPU))" }
    }
}

extension Row {
    /// With the database server's name.
    var onServer: Row {
        var row = self
        if !name.hasPrefix(" ") { row.name += " · PostgreSQL" }
        return row
    }
}

struct Table {
    var rows: [Row] = []

    func text(machine: String) -> String {
        let head = ["what", "figure", "yardstick", "ratio", "target", "", "peak memory", "CPU each"]
        let cells =
            [head]
            + rows.map { row in
                [
                    row.name, row.figure, row.yardstick, row.ratio, row.target?.text ?? "",
                    row.target.map { $0.isReached ? "reached" : "MISSED" } ?? "", row.memory, row.cpu,
                ]
            }
        let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        let lines = cells.map { cell in
            "| " + zip(cell, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
                + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([lines[0], rule] + lines.dropFirst() + ["", machine]).joined(separator: "\n")
    }
}

// MARK: Figures

func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard places > 0 else { return String(scaled) }
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
}

/// 1,000,000
func grouped(_ value: Int) -> String {
    let digits = Array(String(value))
    return String(
        digits.indices.flatMap { index in
            index > 0 && (digits.count - index) % 3 == 0 ? [",", digits[index]] : [digits[index]]
        })
}

func perSecond(_ value: Double) -> String { "\(grouped(Int(value.rounded())))/s" }
func micro(_ value: Double) -> String { "\(decimal(value, 1)) µs" }
func milli(_ value: Double) -> String { "\(decimal(value, 1)) ms" }
func megabytes(_ value: Double) -> String { "\(decimal(value / 1e6, 1)) MB" }
