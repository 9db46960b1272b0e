import Foundation

/// The people of a file, one line after the other.
final class PersonLines {
    enum Event {
        case person(PersonLine)
        case fault(line: Int, RecordFault)
    }

    private let table: TableReader
    private let map: ColumnMap
    private var isAtHead: Bool

    init(_ path: String, _ shape: TableShape, _ map: ColumnMap) throws(FileFault) {
        table = try TableReader(path: path, shape)
        self.map = map
        isAtHead = !map.isBare
    }

    func next() throws(FileFault) -> Event? {
        while let event = try table.next() {
            switch event {
            case .fault(let line, let fault): return .fault(line: line, fault)
            case .record(let line, let fields):
                if isAtHead {
                    isAtHead = false
                    continue
                }
                return PersonLine(line, fields, map).map { .person($0) } ?? .fault(line: line, .extraCells)
            }
        }
        return nil
    }
}

/// A file's bytes, piece by piece.
struct FilePieces {
    private let file: FileHandle

    init(_ path: String) throws(FileFault) {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .unreadable(path) }
        self.file = file
    }

    func forEach(_ take: (Data) -> Void) throws(FileFault) {
        defer { try? file.close() }
        while true {
            guard let piece = try? file.read(upToCount: 65_536) ?? Data() else { throw .unreadable("") }
            if piece.isEmpty { return }
            take(piece)
        }
    }
}
