internal import Foundation

/// A mail, or a part of one, as it stands (RFC 2045 §2.4): head and body are cut, and nothing is copied or decoded until it is
/// asked for. It takes anything.
package struct MIMEEntity: Sendable {
    package let head: ArraySlice<UInt8>
    package let body: ArraySlice<UInt8>

    /// The head's, without their ends.
    private let lines: [Range<Int>]

    /// Beyond, a multipart's parts are not looked at.
    package static let mostParts = 100
    /// Beyond, a head's lines are not looked at.
    private static let mostLines = 1000

    /// Ends its head at the first empty line.
    package init(_ bytes: ArraySlice<UInt8>) {
        var reader = LineReader(bytes)
        var lines: [Range<Int>] = []
        while let line = reader.next(), !line.isEmpty {
            if lines.count < Self.mostLines { lines.append(line.startIndex..<line.endIndex) }
        }
        head = bytes[..<reader.rest.startIndex]
        body = reader.rest
        self.lines = lines
    }

    // MARK: Fields

    /// The first of that name: unfolded (RFC 5322 §2.2.3), not decoded. Nil where there is none.
    package func field(_ name: String) -> String? {
        var found: String?
        eachField(named: name) {
            found = $0
            return false
        }
        return found
    }

    package func fields(_ name: String) -> [String] {
        var found: [String] = []
        eachField(named: name) {
            found.append($0)
            return true
        }
        return found
    }

    private func eachField(named name: String, _ take: (String) -> Bool) {
        let wanted = Array(name.utf8)
        for (place, line) in lines.enumerated() where head[line].isField(named: wanted) {
            var value = Array(head[line].dropFirst(wanted.count + 1))
            for more in lines[(place + 1)...] {
                guard head[more].first?.isBlank == true else { break }
                value += head[more]
            }
            guard take(String(decoding: value, as: UTF8.self).trimmedOfBlanks) else { return }
        }
    }

    /// Nil where the head says nothing of it.
    package var contentType: ParameterisedValue? { field("content-type").map { ParameterisedValue($0) } }

    // MARK: Parts

    /// Those of a multipart; none where it is something else.
    package var parts: [MIMEEntity] {
        guard let type = contentType, type.value.hasPrefix("multipart/"), let boundary = type.parameters["boundary"],
            !boundary.isEmpty
        else { return [] }
        return Self.pieces(of: body, boundary: Array(boundary.utf8)).map { MIMEEntity($0) }
    }

    /// Its transfer encoding undone (RFC 2045 §6), of at most so many bytes as they stand.
    package func content(upTo limit: Int = .max) -> [UInt8] {
        let bytes = body.prefix(limit)
        return switch field("content-transfer-encoding")?.lowercased() {
        case "quoted-printable": decodedQuotedPrintable(bytes, underscoreIsSpace: false)
        case "base64": decodedBase64(bytes)
        default: Array(bytes)
        }
    }
}

// MARK: Cutting

extension MIMEEntity {
    /// RFC 2046 §5.1.1: the line end before a boundary belongs to the boundary.
    private static func pieces(of body: ArraySlice<UInt8>, boundary: [UInt8]) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--".utf8) + boundary
        var pieces: [ArraySlice<UInt8>] = []
        var lines = LineReader(body)
        var start: Int?
        while let line = lines.next() {
            guard line.starts(with: delimiter) else { continue }
            if let start { pieces.append(body[start..<max(start, line.startIndex)].withoutLineEnd) }
            guard pieces.count < mostParts, !line.dropFirst(delimiter.count).starts(with: "--".utf8) else {
                return pieces
            }
            start = lines.rest.startIndex
        }
        if let start { pieces.append(body[start...]) }
        return pieces
    }
}

/// Line by line, without their ends, by the C library's search: see `place(of:)`.
package struct LineReader {
    package private(set) var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    package mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let length = rest.withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap { start in memchr(start, 0x0A, bytes.count).map { UnsafeRawPointer($0) - start } }
        }
        let end = rest.startIndex + (length ?? rest.count)
        let line = rest[rest.startIndex..<end]
        rest = rest[min(end + 1, rest.endIndex)...]
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}

extension ArraySlice<UInt8> {
    /// `name:`, in any case.
    fileprivate func isField(named name: [UInt8]) -> Bool {
        guard count > name.count, self[startIndex].lowercased == name[0],
            self[startIndex + name.count] == UInt8(ascii: ":")
        else { return false }
        return zip(self, name).allSatisfy { $0.lowercased == $1.lowercased }
    }

    fileprivate var withoutLineEnd: ArraySlice<UInt8> {
        var bytes = self
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    package var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}

extension String {
    /// Without spaces and tabs at either end.
    package var trimmedOfBlanks: String {
        var rest = utf8[...]
        while let first = rest.first, first.isBlank { rest.removeFirst() }
        while let last = rest.last, last.isBlank { rest.removeLast() }
        return rest.count == utf8.count ? self : String(decoding: rest, as: UTF8.self)
    }
}
