/// Rows under a head, aligned by display width; numbers stand right.
struct Table {
    struct Column {
        let title: String
        let isNumber: Bool
        static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    let columns: [Column]
    var rows: [[String]] = []

    func text(_ style: Style) -> String {
        let widths = columns.indices.map { column in
            rows.reduce(columns[column].title.displayWidth) { max($0, $1[column].displayWidth) }
        }
        let head = line(columns.map(\.title), widths)
        return ([style.dim(head)] + rows.map { line($0, widths) }).joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { cells[$0].padded(to: widths[$0], right: columns[$0].isNumber) }
        return padded.joined(separator: "   ").trimmingEnd()
    }
}

/// One thing's facts, name before value.
struct KeyValueTable {
    var facts: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { facts.append((name, value)) }
    }

    func text(_ style: Style, indent: Int = 0) -> String {
        let width = facts.reduce(0) { max($0, $1.name.displayWidth) } + 2
        let margin = String(repeating: " ", count: indent)
        return facts.map { margin + style.dim($0.name.padded(to: width)) + $0.value }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var scalars = unicodeScalars
        while scalars.last == " " { scalars.removeLast() }
        return String(scalars)
    }
}

extension Int {
    /// 1,204,331: read at a glance, typed back without the commas.
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).utf8.reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text = "," + text }
            text = String(UnicodeScalar(digit)) + text
        }
        return self < 0 ? "-" + text : text
    }

    func counted(_ one: String, _ many: String? = nil) -> String {
        "\(grouped) \(self == 1 ? one : many ?? one + "s")"
    }
}
