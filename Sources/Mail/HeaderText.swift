/// A line of text that may stand in a mail's header: a subject, a display name, a list's title.
///
/// It cannot hold CR, LF, NUL or any other character that is not seen, so no value of it can begin a header of its own,
/// end the header block, or turn the direction of what stands beside it.
package struct HeaderText: Hashable, Sendable {
    package enum Problem: Error, Equatable {
        case missing
        /// Over 2,000 octets.
        case tooLong
        /// A control, format, separator or private character.
        case unprintable
    }

    package let text: String

    package init(_ text: String) throws(Problem) {
        let trimmed = String(Substring(text.utf8.trimmed))
        guard !trimmed.utf8.isEmpty else { throw .missing }
        guard trimmed.utf8.count <= 2_000 else { throw .tooLong }
        guard !trimmed.unicodeScalars.contains(where: Self.isForbidden) else { throw .unprintable }
        self.text = trimmed
    }

    /// As much of any text as a header may hold: what is not seen becomes a space, what is too long is cut.
    package init?(cleaning text: String) {
        let scalars = text.unicodeScalars.prefix(500).map { Self.isForbidden($0) ? " " : $0 }
        try? self.init(String(String.UnicodeScalarView(scalars)))
    }

    /// Joiners stay: emoji families and several scripts need them, and they move nothing else.
    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C, 0x200D, 0xE0020...0xE007F: false
        default: scalar.isUnseen
        }
    }
}

/// Somebody a mail is from, or whom to answer: an address with or without a display name (RFC 5322 §3.4 `mailbox`).
package struct Correspondent: Hashable, Sendable {
    package let name: HeaderText?
    package let address: EmailAddress

    package init(name: HeaderText?, address: EmailAddress) {
        self.name = name
        self.address = address
    }

    /// Parses `Name <address>`, `"Name" <address>` or a bare address, as settings give it.
    package init?(_ text: String) {
        let bytes = text.utf8.trimmed
        guard bytes.last == UInt8(ascii: ">"), let open = bytes.lastIndex(of: UInt8(ascii: "<")) else {
            guard let address = try? EmailAddress(text) else { return nil }
            self.init(name: nil, address: address)
            return
        }
        let inner = bytes[bytes.index(after: open)...].dropLast()
        guard let address = try? EmailAddress(String(Substring(inner))) else { return nil }
        var phrase = String(Substring(bytes[..<open])).utf8.trimmed
        if phrase.count >= 2, phrase.first == UInt8(ascii: "\""), phrase.last == UInt8(ascii: "\"") {
            phrase = phrase.dropFirst().dropLast()
        }
        guard !phrase.isEmpty else { return nil }
        guard let name = try? HeaderText(String(Substring(phrase))) else { return nil }
        self.init(name: name, address: address)
    }
}
