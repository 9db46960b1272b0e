/// A table as the parts that are sent, its columns as they are.
package struct TableParts {
    package enum Event: Equatable {
        case part(Part)
        case fault(line: Int, RecordFault)
    }

    private let table: TableReader
    private var writer: PartWriter?
    private var columns = 0
    private var isOver = false

    package init(_ path: String, _ shape: TableShape) throws(FileFault) {
        table = try TableReader(path: path, shape)
    }

    /// Nil at the end.
    package mutating func next() throws(FileFault) -> Event? {
        while !isOver {
            switch try table.next() {
            case .fault(let line, let fault): return .fault(line: line, fault)
            case .record(let line, let fields):
                if let event = take(fields, line) { return event }
            case nil:
                isOver = true
                if let last = writer?.finish() { return .part(last) }
            }
        }
        return nil
    }

    private mutating func take(_ fields: [String], _ line: Int) -> Event? {
        guard writer != nil else {
            columns = fields.count
            writer = PartWriter(columns: fields)
            return nil
        }
        guard fields.dropFirst(columns).allSatisfy({ $0.isEmpty }) else { return .fault(line: line, .extraCells) }
        let missing = Array(repeating: "", count: max(0, columns - fields.count))
        return writer?.add(Array((fields + missing).prefix(columns)), line: line).map { .part($0) }
    }
}
