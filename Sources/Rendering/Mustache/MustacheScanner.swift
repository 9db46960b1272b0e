internal import Mail

/// A tag as it stands in a source.
struct MustacheTag {
    enum Kind {
        case variable, unescaped, section, inverted, close, partial, inherit, block, comment, pragma, delimiters,
            malformed
    }

    let kind: Kind
    let name: String
    let line: Int

    /// What its opening tag bears before the name.
    var sigil: String {
        switch kind {
        case .section: "#"
        case .inverted: "^"
        case .inherit: "<"
        case .block: "$"
        default: ""
        }
    }
}

enum MustachePiece {
    case text(String, line: Int)
    case tag(MustacheTag)
}

/// Splits Mustache source into text and tags, over bytes: `{{` followed by a combining mark is a tag all the same.
struct MustacheScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var pieces: [MustachePiece] = []

    static func pieces(of source: String) -> [MustachePiece] {
        var scanner = MustacheScanner(bytes: Array(source.utf8))
        scanner.scan()
        return scanner.pieces
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func scan() {
        var textStart = 0
        while position < bytes.count {
            guard opens(position) else {
                position += 1
                continue
            }
            let (tag, end) = tag(at: position)
            // A section's tag alone on its line takes the line with it (the Mustache manual's "standalone lines").
            let alone = tag.standsAlone ? ownLine(from: position, to: end, after: textStart) : nil
            addText(textStart..<(alone?.lowerBound ?? position))
            let lineOfTag = line + newlines(in: (alone?.lowerBound ?? position)..<position)
            pieces.append(.tag(MustacheTag(kind: tag.kind, name: tag.name, line: lineOfTag)))
            line = lineOfTag + newlines(in: position..<(alone?.upperBound ?? end))
            position = alone?.upperBound ?? end
            textStart = position
        }
        addText(textStart..<bytes.count)
    }

    private mutating func addText(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        pieces.append(.text(String(decoding: bytes[range], as: UTF8.self), line: line))
        line += newlines(in: range)
    }

    private func newlines(in range: Range<Int>) -> Int { bytes[range].count { $0 == 0x0A } }

    private func opens(_ index: Int) -> Bool {
        bytes[index] == UInt8(ascii: "{") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "{")
    }

    /// The tag that opens at `start`, and where it ends.
    private func tag(at start: Int) -> (tag: MustacheTag, end: Int) {
        var index = start + 2
        let sigil = index < bytes.count ? bytes[index] : 0
        let kind = Self.kind(of: sigil)
        let closing: [UInt8] = sigil == UInt8(ascii: "{") ? Array("}}}".utf8) : Array("}}".utf8)
        if kind != .variable { index += 1 }
        guard let close = bytes[min(index, bytes.count)...].place(of: closing) else {
            return (MustacheTag(kind: .malformed, name: "", line: 0), bytes.count)
        }
        let inner = bytes[index..<close.lowerBound]
        let name = String(decoding: inner.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
        let isNamed = kind == .comment || kind == .pragma || (!name.isEmpty && !inner.contains(0x0A))
        return (MustacheTag(kind: isNamed ? kind : .malformed, name: name, line: 0), close.upperBound)
    }

    private static func kind(of sigil: UInt8) -> MustacheTag.Kind {
        switch sigil {
        case UInt8(ascii: "#"): .section
        case UInt8(ascii: "^"): .inverted
        case UInt8(ascii: "/"): .close
        case UInt8(ascii: ">"): .partial
        case UInt8(ascii: "<"): .inherit
        case UInt8(ascii: "$"): .block
        case UInt8(ascii: "!"): .comment
        case UInt8(ascii: "%"): .pragma
        case UInt8(ascii: "="): .delimiters
        case UInt8(ascii: "{"), UInt8(ascii: "&"): .unescaped
        default: .variable
        }
    }

    /// The whole line around a tag, with its line end, if nothing but blanks stands beside the tag.
    private func ownLine(from start: Int, to end: Int, after floor: Int) -> Range<Int>? {
        var first = start
        while first > floor, bytes[first - 1] == 0x20 || bytes[first - 1] == 0x09 { first -= 1 }
        guard first == 0 || bytes[first - 1] == 0x0A else { return nil }
        var last = end
        while last < bytes.count, bytes[last] == 0x20 || bytes[last] == 0x09 || bytes[last] == 0x0D { last += 1 }
        guard last == bytes.count || bytes[last] == 0x0A else { return nil }
        return first..<min(last + 1, bytes.count)
    }
}

extension MustacheTag {
    fileprivate var standsAlone: Bool {
        switch kind {
        case .section, .inverted, .close, .comment: true
        default: false
        }
    }
}
