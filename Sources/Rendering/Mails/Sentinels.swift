internal import Mail

/// Stand-ins for variables while Markdown is parsed and HTML is laid out: words of letters and digits, which neither
/// Markdown nor a URL nor HTML treats in any special way. What is static is written around them once; afterwards the
/// bytes are cut where they stand.
///
/// They stand among an author's words, so each compilation draws them anew: an author who does not know them cannot write
/// one, whatever entities, comments or emphasis later melt together. What only begins like one is text.
struct Sentinels: Sendable {
    enum Piece: Sendable, Equatable {
        case bytes([UInt8])
        case variable(MailVariable)
        /// Stands below a variable in a heading.
        case underline(MailVariable, UInt8)
    }

    private let prefix: [UInt8]
    private static let suffix = Array("q9Zx".utf8)
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
    private static let first = UInt8(ascii: "A")

    init() {
        var generator = SystemRandomNumberGenerator()
        self.init(using: &generator)
    }

    init(using generator: inout some RandomNumberGenerator) {
        // 80 bits.
        prefix =
            Array("Xz".utf8)
            + (0..<16).map { _ in Self.alphabet[Int(generator.next() & 31)] }
    }

    /// The marks that a heading in plain text is underlined with.
    private static let marks = [UInt8(ascii: "="), UInt8(ascii: "-")]

    func word(for variable: MailVariable) -> String { word(MailVariable.allCases.firstIndex(of: variable) ?? 0) }

    /// As many of the mark, one of `=` and `-`, as the variable's value has columns.
    func underline(_ variable: MailVariable, with mark: UInt8) -> String {
        let all = MailVariable.allCases
        let place = (Self.marks.firstIndex(of: mark) ?? 0) + 1
        return word(place * all.count + (all.firstIndex(of: variable) ?? 0))
    }

    private func word(_ index: Int) -> String {
        let number = [Self.first + UInt8(index / 26), Self.first + UInt8(index % 26)]
        return String(decoding: prefix + number + Self.suffix, as: UTF8.self)
    }

    /// Cuts at the stand-ins.
    func split(_ bytes: some Collection<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        let bytes = Array(bytes)
        var (start, next) = (0, 0)
        while let found = bytes[next...].place(of: prefix) {
            guard let piece = Self.piece(bytes[found.upperBound...]) else {
                next = found.upperBound
                continue
            }
            if found.lowerBound > start { pieces.append(.bytes(Array(bytes[start..<found.lowerBound]))) }
            pieces.append(piece)
            start = found.upperBound + 2 + Self.suffix.count
            next = start
        }
        if start < bytes.count { pieces.append(.bytes(Array(bytes[start...]))) }
        return pieces
    }

    /// What these bytes stand for: its number, and the end of a stand-in.
    private static func piece(_ rest: ArraySlice<UInt8>) -> Piece? {
        guard rest.dropFirst(2).starts(with: suffix) else { return nil }
        let digits = rest.prefix(2)
        guard digits.allSatisfy({ (first..<first + 26).contains($0) }) else { return nil }
        let index = digits.reduce(0) { $0 * 26 + Int($1 - first) }
        let all = MailVariable.allCases
        let (group, place) = index.quotientAndRemainder(dividingBy: all.count)
        guard group > 0 else { return .variable(all[place]) }
        return marks.indices.contains(group - 1) ? .underline(all[place], marks[group - 1]) : nil
    }

    /// The text with every variable written as `value` says.
    func replace(in text: String, _ value: (MailVariable) -> String) -> String {
        var output = ""
        for piece in split(text.utf8) {
            switch piece {
            case .bytes(let bytes): output += String(decoding: bytes, as: UTF8.self)
            case .variable(let variable): output += value(variable)
            case .underline: break
            }
        }
        return output
    }
}
