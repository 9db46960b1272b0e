internal import Mail

/// Stand-ins for variables while Markdown is parsed and HTML is laid out: words of letters and digits, which neither
/// Markdown nor a URL nor HTML treats in any special way. What is static is written around them once; afterwards the
/// bytes are cut where they stand.
struct Sentinels: Sendable {
    enum Piece: Sendable, Equatable {
        case bytes([UInt8])
        case variable(MailVariable)
    }

    private let prefix: [UInt8]
    private static let suffix = Array("q9Zx".utf8)
    private var length: Int { prefix.count + 2 + Self.suffix.count }

    /// Words that none of the sources contains.
    init(absentFrom sources: [String]) {
        var number = 0
        var prefix = Array("Xz4q".utf8)
        while sources.contains(where: { $0.utf8.place(of: prefix) != nil }) {
            number += 1
            prefix = Array("Xz4q\(number)q".utf8)
        }
        self.prefix = prefix
    }

    func word(for variable: MailVariable) -> String {
        let index = MailVariable.allCases.firstIndex(of: variable) ?? 0
        let number = [UInt8(ascii: "A") + UInt8(index / 26), UInt8(ascii: "A") + UInt8(index % 26)]
        return String(decoding: prefix + number + Self.suffix, as: UTF8.self)
    }

    /// Cuts at the stand-ins.
    func split(_ bytes: some Collection<UInt8>) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Array(bytes)[...]
        while let found = rest.place(of: prefix) {
            let index =
                Int(rest[found.upperBound] - UInt8(ascii: "A")) * 26
                + Int(rest[found.upperBound + 1] - UInt8(ascii: "A"))
            if found.lowerBound > rest.startIndex { pieces.append(.bytes(Array(rest[..<found.lowerBound]))) }
            pieces.append(.variable(MailVariable.allCases[index]))
            rest = rest[(found.lowerBound + length)...]
        }
        if !rest.isEmpty { pieces.append(.bytes(Array(rest))) }
        return pieces
    }

    /// The text with every variable written as `value` says.
    func replace(in text: String, _ value: (MailVariable) -> String) -> String {
        var output = ""
        for piece in split(text.utf8) {
            switch piece {
            case .bytes(let bytes): output += String(decoding: bytes, as: UTF8.self)
            case .variable(let variable): output += value(variable)
            }
        }
        return output
    }
}
