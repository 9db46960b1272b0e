/// A mail's header fields as bytes, folded at 76 columns, which keeps RFC 2047 §2's limit for lines with encoded-words
/// and RFC 5322 §2.1.1's 78. Fields are added through types that hold no line break.
package struct HeaderBlock: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Unstructured text: a subject.
    package mutating func add(_ name: StaticString, _ text: HeaderText) {
        write(name, EncodedWords.tokens(text.text, phrase: false, after: Self.width(name)))
    }

    /// `Name <address>`.
    package mutating func add(_ name: StaticString, _ who: Correspondent) {
        let address = who.address.needsSMTPUTF8 ? Self.undisclosed : Array("<\(who.address.wire)>".utf8)
        let phrase =
            who.address.needsSMTPUTF8
            ? [] : who.name.map { EncodedWords.tokens($0.text, phrase: true, after: Self.width(name)) } ?? []
        write(name, phrase + [address])
    }

    package mutating func add(_ name: StaticString, _ list: ListID) {
        let phrase = EncodedWords.tokens(list.phrase.text, phrase: true, after: Self.width(name))
        write(name, phrase + [Array("<\(list.identifier)>".utf8)])
    }

    package mutating func add(_ name: StaticString, _ uri: HeaderURI) {
        write(name, [Array("<\(uri.text)>".utf8)])
    }

    package mutating func add(_ name: StaticString, _ feedback: FeedbackID) {
        write(name, [Array(feedback.text.utf8)])
    }

    /// A value that stands in our source.
    package mutating func add(_ name: StaticString, _ value: StaticString) {
        write(name, [Array(value.description.utf8)])
    }

    /// The words of a subject that is known only per mail, folded, behind a field's name that fills `column` columns.
    package static func folded(_ text: HeaderText, after column: Int) -> [UInt8] {
        fold(EncodedWords.tokens(text.text, phrase: false, after: column), after: column)
    }

    /// What stands for an address that 7-bit headers cannot hold: an empty group (RFC 5322 §3.4). The envelope has it.
    package static let undisclosed = Array("undisclosed-recipients:;".utf8)

    /// `<address>`, or what stands for it: known only per mail, so written straight to the mail.
    package static func append(_ address: EmailAddress, to bytes: inout [UInt8]) {
        guard !address.needsSMTPUTF8 else { return bytes.append(contentsOf: undisclosed) }
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: address.localPart.utf8)
        bytes.append(UInt8(ascii: "@"))
        bytes.append(contentsOf: address.domain.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    package static func append(_ id: MessageID, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "<"))
        bytes.append(contentsOf: id.unique.utf8)
        bytes.append(UInt8(ascii: "@"))
        bytes.append(contentsOf: id.domain.utf8)
        bytes.append(UInt8(ascii: ">"))
    }

    private mutating func write(_ name: StaticString, _ tokens: [[UInt8]]) {
        let start = Array("\(name):".utf8)
        bytes += start + [0x20] + Self.fold(tokens, after: start.count + 1) + [0x0D, 0x0A]
    }

    /// The columns that a field's name, its colon and a space fill.
    private static func width(_ name: StaticString) -> Int { name.utf8CodeUnitCount + 2 }

    private static func fold(_ tokens: [[UInt8]], after start: Int) -> [UInt8] {
        var line: [UInt8] = []
        var column = start
        for (index, token) in tokens.enumerated() {
            if column + (index > 0 ? 1 : 0) + token.count > 76, column > 1 {
                // The first token moves too: a name, a colon and a fold are as good as any other.
                line += [0x0D, 0x0A, 0x20]
                column = 1
            } else if index > 0 {
                line.append(0x20)
                column += 1
            }
            line += token
            column += token.count
        }
        return line
    }
}
