import Foundation

/// Why a file cannot be read at all.
package enum FileFault: Error, Equatable {
    case unreadable(String)
}

/// The records of a table in a file, one after the other, however long it is.
package final class TableReader {
    private let file: FileHandle
    private var decoder: TextDecoder
    private var reader: RecordReader
    private var events: [RecordReader.Event] = []
    private var place = 0
    private var isOver = false

    private static let piece = 65_536

    package init(path: String, _ shape: TableShape) throws(FileFault) {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .unreadable(path) }
        self.file = file
        decoder = TextDecoder(shape.encoding)
        reader = RecordReader(separator: shape.isLines ? nil : shape.separator, skippingLines: shape.linesToSkip)
    }

    deinit { try? file.close() }

    /// Nil at the end.
    package func next() throws(FileFault) -> RecordReader.Event? {
        while place == events.count {
            if isOver { return nil }
            events.removeAll(keepingCapacity: true)
            place = 0
            try readPiece()
        }
        place += 1
        return events[place - 1]
    }

    private func readPiece() throws(FileFault) {
        guard let bytes = try? file.read(upToCount: Self.piece) ?? Data() else { throw .unreadable("") }
        isOver = bytes.isEmpty
        let text = isOver ? decoder.finish() : decoder.decode(bytes)
        reader.take(text) { events.append($0) }
        if isOver { reader.finish { events.append($0) } }
    }
}
