/// What a line can have against it before anybody looks at what it says.
package enum RecordFault: Error, Equatable, CaseIterable {
    case tooLong, nul, openQuote, strayQuote, extraCells

    package var words: String {
        switch self {
        case .tooLong: "It is longer than \(RecordReader.longestRecord) bytes."
        case .nul: "There is a NUL byte: this is no text."
        case .openQuote: "A quotation mark is never closed."
        case .strayQuote: "There is text behind a closing quotation mark."
        case .extraCells: "It has more cells than the first line has columns."
        }
    }
}

/// Reads a table as other programs write it, byte after byte, in memory that does not depend on the file: the text is UTF-8
/// already, the separator is known. Any line end; a quotation mark within a cell that began without one is a sign like any
/// other; lines in which nothing stands are passed over. What is wrong with a line is told by its number, and reading goes
/// on behind it.
package struct RecordReader {
    package enum Event: Equatable {
        /// `line` is the one on which the record begins.
        case record(line: Int, fields: [String])
        case fault(line: Int, RecordFault)
    }

    /// Notes and addresses of other tools may be long; what is longer than this is an open quotation mark.
    package static let longestRecord = 262_144

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted, skipping
    }

    private let separator: UInt8?
    private var place = Place.fieldStart
    private var fields: [String] = []
    private var field: [UInt8] = []
    private var length = 0
    private var line = 1
    private var linesToSkip: Int
    private var start = 1
    private var isAfterReturn = false

    /// `skippingLines`: that stand before the one that names the columns.
    /// `separator`: nil where each line is one cell, and a quotation mark a sign like any other.
    package init(separator: UInt8?, skippingLines: Int = 0) {
        self.separator = separator
        linesToSkip = skippingLines
        if skippingLines > 0 { place = .skipping }
    }

    package mutating func take(_ bytes: some Sequence<UInt8>, _ emit: (Event) throws -> Void) rethrows {
        for byte in bytes { try take(byte, emit) }
    }

    /// At the end of the file.
    package mutating func finish(_ emit: (Event) throws -> Void) rethrows {
        switch place {
        case .quoted: try fail(.openQuote, emit)
        case .skipping: break
        default: try endRecord(emit)
        }
    }

    private mutating func take(_ byte: UInt8, _ emit: (Event) throws -> Void) rethrows {
        // CRLF is one line end.
        if byte == 0x0A, isAfterReturn {
            isAfterReturn = false
            if place == .quoted { try append(byte, emit) }
            return
        }
        isAfterReturn = byte == 0x0D
        let isLineEnd = byte == 0x0A || byte == 0x0D
        if isLineEnd { line += 1 }
        switch place {
        case .skipping:
            if isLineEnd, line > linesToSkip { restart() }
        case .quoted:
            if byte == Self.quote { place = .quoteInQuoted } else { try append(byte, emit) }
        case .fieldStart, .plain, .quoteInQuoted:
            if isLineEnd {
                try endRecord(emit)
            } else if byte == separator {
                endField()
            } else {
                try takeInside(byte, emit)
            }
        }
    }

    private static let quote = UInt8(ascii: "\"")

    private mutating func takeInside(_ byte: UInt8, _ emit: (Event) throws -> Void) rethrows {
        switch (place, byte) {
        case (.fieldStart, Self.quote) where separator != nil: place = .quoted
        case (.fieldStart, 0x20): break
        case (.quoteInQuoted, Self.quote):
            place = .quoted
            try append(byte, emit)
        case (.quoteInQuoted, 0x20): break
        case (.quoteInQuoted, _): try fail(.strayQuote, emit)
        default:
            place = .plain
            try append(byte, emit)
        }
    }

    private mutating func append(_ byte: UInt8, _ emit: (Event) throws -> Void) rethrows {
        guard byte != 0 else { return try fail(.nul, emit) }
        length += 1
        guard length <= Self.longestRecord else {
            return try fail(place == .quoted && line > start ? .openQuote : .tooLong, emit)
        }
        field.append(byte)
    }

    private mutating func endField() {
        fields.append(String(decoding: field, as: UTF8.self))
        field.removeAll(keepingCapacity: true)
        length += 1
        place = .fieldStart
    }

    private mutating func endRecord(_ emit: (Event) throws -> Void) rethrows {
        endField()
        let (line, fields) = (start, fields)
        restart()
        if fields.contains(where: { !$0.allSatisfy(\.isWhitespace) }) {
            try emit(.record(line: line, fields: fields))
        }
    }

    /// Once for a record; the rest of its line is passed over.
    private mutating func fail(_ fault: RecordFault, _ emit: (Event) throws -> Void) rethrows {
        guard place != .skipping else { return }
        let at = start
        restart()
        place = .skipping
        try emit(.fault(line: at, fault))
    }

    private mutating func restart() {
        (place, fields, length, start) = (.fieldStart, [], 0, line)
        field.removeAll(keepingCapacity: true)
    }
}
