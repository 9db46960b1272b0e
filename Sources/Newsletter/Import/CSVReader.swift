/// Reads comma-separated values (RFC 4180) as they come, in memory that does not depend on the file: byte after byte goes in,
/// record after record comes out. Commas, semicolons or tabs, whichever the first line has most of; any line end; a byte
/// order mark is passed over. What is wrong with a line is told by its number, and reading goes on behind it.
package struct CSVReader {
    package enum Event: Equatable {
        /// `line` is the one on which the record begins.
        case record(line: Int, fields: [[UInt8]])
        case fault(line: Int, CSVFault)
    }

    /// A record that is longer is none of ours.
    package static let longestRecord = 4_096
    package static let mostFields = 16

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted, skipping
    }

    private var place = Place.fieldStart
    /// The first line, until its end shows which separator it has.
    private var head: [UInt8]? = []
    private var separator = UInt8(ascii: ",")
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var length = 0
    private var line = 1
    private var start = 1
    private var isAfterReturn = false

    package init() {}

    package mutating func take(_ bytes: some Sequence<UInt8>, _ emit: (Event) throws -> Void) rethrows {
        for byte in bytes {
            guard head != nil else {
                try take(byte, emit)
                continue
            }
            head?.append(byte)
            if byte == 0x0A || byte == 0x0D || head?.count == Self.longestRecord { try begin(emit) }
        }
    }

    /// At the end of the file.
    package mutating func finish(_ emit: (Event) throws -> Void) rethrows {
        try begin(emit)
        switch place {
        case .quoted: try fail(.openQuote, emit)
        case .skipping: break
        case .fieldStart where fields.isEmpty && length == 0: break
        default: try endRecord(emit)
        }
    }

    private mutating func begin(_ emit: (Event) throws -> Void) rethrows {
        guard var first = head else { return }
        head = nil
        if first.starts(with: [0xEF, 0xBB, 0xBF]) { first.removeFirst(3) }
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) { return try fail(.utf16, emit) }
        separator = Self.separator(of: first)
        for byte in first { try take(byte, emit) }
    }

    private static func separator(of line: [UInt8]) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in line {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        return candidates.reduce(candidates[0]) { (counts[$1] ?? 0) > (counts[$0] ?? 0) ? $1 : $0 }
    }

    private mutating func take(_ byte: UInt8, _ emit: (Event) throws -> Void) rethrows {
        let isLineEnd = byte == 0x0A || byte == 0x0D
        // CRLF is one line end.
        if byte == 0x0A, isAfterReturn {
            isAfterReturn = false
            if place == .quoted { try append(byte, emit) }
            return
        }
        isAfterReturn = byte == 0x0D
        if isLineEnd { line += 1 }
        switch place {
        case .skipping:
            if isLineEnd { restart() }
        case .quoted:
            if byte == UInt8(ascii: "\"") { place = .quoteInQuoted } else { try append(byte, emit) }
        case .fieldStart, .plain, .quoteInQuoted:
            if isLineEnd {
                try endLine(emit)
            } else if byte == separator {
                try endField(emit)
            } else {
                try takeInside(byte, emit)
            }
        }
    }

    private mutating func takeInside(_ byte: UInt8, _ emit: (Event) throws -> Void) rethrows {
        switch (place, byte) {
        case (.fieldStart, UInt8(ascii: "\"")): place = .quoted
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            place = .quoted
            try append(byte, emit)
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

    private mutating func endField(_ emit: (Event) throws -> Void) rethrows {
        fields.append(field)
        field = []
        length += 1
        place = .fieldStart
        if fields.count >= Self.mostFields { try fail(.tooManyFields, emit) }
        if length > Self.longestRecord { try fail(.tooLong, emit) }
    }

    /// An empty line is no record.
    private mutating func endLine(_ emit: (Event) throws -> Void) rethrows {
        if place == .fieldStart, fields.isEmpty { return restart() }
        try endRecord(emit)
    }

    private mutating func endRecord(_ emit: (Event) throws -> Void) rethrows {
        fields.append(field)
        let event: Event =
            fields.allSatisfy { String(validating: $0, as: UTF8.self) != nil }
            ? .record(line: start, fields: fields) : .fault(line: start, .notUTF8)
        restart()
        try emit(event)
    }

    /// Once for a record; the rest of its line is passed over.
    private mutating func fail(_ fault: CSVFault, _ emit: (Event) throws -> Void) rethrows {
        guard place != .skipping else { return }
        let at = start
        restart()
        place = .skipping
        try emit(.fault(line: at, fault))
    }

    private mutating func restart() {
        (place, fields, field, length, start) = (.fieldStart, [], [], 0, line)
    }
}

/// What a line can have against it before anybody looks at what it says.
package enum CSVFault: Error, Equatable, CaseIterable {
    case tooLong, tooManyFields, nul, notUTF8, utf16, openQuote, strayQuote
}
