import Foundation

/// Reads a mail for showing it: header fields unfolded and decoded, and the parts of its body. It takes anything, and shows
/// what it cannot read as it stands.
package struct MIMEReader: Sendable {
    package struct Field: Sendable, Equatable {
        package let name: String
        /// Unfolded (RFC 5322 §2.2.3), its encoded words decoded (RFC 2047).
        package let value: String
    }

    package let fields: [Field]
    /// Parts within parts; empty where the body is one.
    package let parts: [MIMEReader]
    private let encodedBody: [UInt8]

    private static let deepest = 8
    private static let mostParts = 100

    package init(_ bytes: [UInt8]) { self.init(bytes[...], depth: 0) }

    private init(_ bytes: ArraySlice<UInt8>, depth: Int) {
        let (head, body) = Self.split(bytes)
        fields = Self.fields(head)
        encodedBody = Array(body)
        let type = ParameterisedValue(Self.value("content-type", in: fields) ?? "text/plain")
        if type.value.hasPrefix("multipart/"), let boundary = type.parameters["boundary"], depth < Self.deepest {
            parts = Self.pieces(of: body, boundary: Array(boundary.utf8)).prefix(Self.mostParts)
                .map { MIMEReader($0, depth: depth + 1) }
        } else {
            parts = []
        }
    }

    package subscript(_ name: String) -> String? { Self.value(name.lowercased(), in: fields) }

    /// `text/plain`, in lower case.
    package var type: String { ParameterisedValue(self["content-type"] ?? "text/plain").value }

    package var body: [UInt8] {
        switch (self["content-transfer-encoding"] ?? "").lowercased() {
        case "quoted-printable": decodedQuotedPrintable(encodedBody[...], underscoreIsSpace: false)
        case "base64": Array(Data(base64Encoded: Data(encodedBody), options: .ignoreUnknownCharacters) ?? Data())
        default: encodedBody
        }
    }

    package var text: String {
        decoded(body, charset: ParameterisedValue(self["content-type"] ?? "").parameters["charset"] ?? "utf-8")
    }

    /// The first part of that type, however deep.
    package func part(_ type: String) -> MIMEReader? {
        if parts.isEmpty { return self.type == type ? self : nil }
        return parts.lazy.compactMap { $0.part(type) }.first
    }

    private static func value(_ name: String, in fields: [Field]) -> String? {
        fields.first { $0.name.lowercased() == name }?.value
    }
}

// MARK: Cutting

extension MIMEReader {
    /// The header, and what follows the empty line after it.
    private static func split(_ bytes: ArraySlice<UInt8>) -> (head: ArraySlice<UInt8>, body: ArraySlice<UInt8>) {
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex - 1
            if bytes[start...end].allSatisfy({ $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }) {
                return (bytes[..<start], bytes[(end + 1)...])
            }
            start = end + 1
        }
        return (bytes, [])
    }

    private static func fields(_ head: ArraySlice<UInt8>) -> [Field] {
        var lines: [[UInt8]] = []
        for var line in head.split(separator: UInt8(ascii: "\n")) {
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            let isContinued = line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t")
            if isContinued, !lines.isEmpty { lines[lines.count - 1] += line } else { lines.append(Array(line)) }
        }
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            return Field(name: String(decoding: line[..<colon], as: UTF8.self), value: decodedWords(Array(value)))
        }
    }

    /// RFC 2046 §5.1.1: the line end before a boundary belongs to the boundary.
    private static func pieces(of body: ArraySlice<UInt8>, boundary: [UInt8]) -> [ArraySlice<UInt8>] {
        let delimiter = Array("--".utf8) + boundary
        var pieces: [ArraySlice<UInt8>] = []
        var pieceStart: Int?
        var start = body.startIndex
        while start < body.endIndex {
            let end = (body[start...].firstIndex(of: UInt8(ascii: "\n")) ?? body.endIndex - 1) + 1
            if body[start..<end].starts(with: delimiter) {
                if let pieceStart { pieces.append(withoutLineEnd(body[pieceStart..<max(pieceStart, start)])) }
                pieceStart = end
                if body[start..<end].dropFirst(delimiter.count).starts(with: "--".utf8) { return pieces }
            }
            start = end
        }
        if let pieceStart { pieces.append(body[pieceStart...]) }
        return pieces
    }

    private static func withoutLineEnd(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}
