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
    private let entity: MIMEEntity

    private static let deepest = 8

    package init(_ bytes: [UInt8]) { self.init(MIMEEntity(bytes[...]), depth: 0) }

    private init(_ entity: MIMEEntity, depth: Int) {
        self.entity = entity
        fields = Self.fields(entity.head)
        parts = depth < Self.deepest ? entity.parts.map { MIMEReader($0, depth: depth + 1) } : []
    }

    package subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// `text/plain`, in lower case.
    package var type: String { entity.contentType?.value ?? "text/plain" }

    package var body: [UInt8] { entity.content() }

    package var text: String { decoded(body, charset: entity.contentType?.parameters["charset"] ?? "utf-8") }

    /// The first part of that type, however deep.
    package func part(_ type: String) -> MIMEReader? {
        if parts.isEmpty { return self.type == type ? self : nil }
        return parts.lazy.compactMap { $0.part(type) }.first
    }

    private static func fields(_ head: ArraySlice<UInt8>) -> [Field] {
        var lines: [[UInt8]] = []
        var reader = LineReader(head)
        while let line = reader.next() {
            let isContinued = line.first?.isBlank == true
            if isContinued, !lines.isEmpty { lines[lines.count - 1] += line } else { lines.append(Array(line)) }
        }
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let value = line[(colon + 1)...].drop { $0.isBlank }
            return Field(name: String(decoding: line[..<colon], as: UTF8.self), value: decodedWords(Array(value)))
        }
    }
}
