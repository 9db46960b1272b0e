internal import Foundation

/// A mail address that can stand in an SMTP envelope and in a header without escaping.
///
/// Text becomes an address here, once, at the border: what is inside holds no control character, no space, no angle
/// bracket, no quoted string and no comment, is short enough for RFC 5321 §4.5.3.1, and its domain is a host name in
/// lower-case A-labels. An address is personal data: it describes itself as `[redacted]`, also to a debugger's mirror,
/// so that a careless log line cannot leak it; whoever means to write it says `wire`.
package struct EmailAddress: Sendable {
    /// What the visitor must do about it.
    package enum Problem: Error, Equatable, CaseIterable {
        /// Type an address.
        case missing
        /// Shorten it: over 64 octets before the `@`, or 254 in all.
        case tooLong
        /// Complete it: there is no `@`, or nothing on one side of it.
        case incomplete
        /// Correct what stands after the `@`: it is no domain that mail can be sent to.
        case unusableDomain
        /// Correct the spelling: it holds something that no address of ours may hold.
        case invalid
    }

    /// As it was typed, without surrounding white space. Dot-atom text (RFC 5322 §3.2.3), UTF-8 by RFC 6531 §3.3.
    package let localPart: String
    /// Lower-case A-labels.
    package let domain: String

    /// Parses what somebody typed.
    package init(_ text: String) throws(Problem) {
        let bytes = text.utf8.trimmed
        guard !bytes.isEmpty else { throw .missing }
        guard bytes.count <= 1_000 else { throw .tooLong }
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { throw .incomplete }
        let local = bytes[..<at]
        let domain = bytes[bytes.index(after: at)...]
        guard !local.isEmpty, !domain.isEmpty else { throw .incomplete }
        guard local.isDotAtom, local.isHarmless else { throw .invalid }
        guard local.count <= 64 else { throw .tooLong }
        guard let name = DomainName.ascii(String(Substring(domain))) else {
            throw local.count + 1 + domain.count > 254 ? .tooLong : .unusableDomain
        }
        guard local.count + 1 + name.utf8.count <= 254 else { throw .tooLong }
        self.localPart = String(Substring(local))
        self.domain = name
    }

    /// Puts an address together from parts that were checked before; nothing else may be passed in.
    package init(localPart: String, domain: String) {
        precondition(localPart.utf8[...].isDotAtom && domain.utf8[...].isDotAtom, "an address's parts are dot-atoms")
        self.localPart = localPart
        self.domain = domain
    }

    /// Takes an address apart that `wire` put together, when a store gives it back; nil if it did not.
    package init?(stored wire: String) {
        guard let at = wire.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (wire.utf8[..<at], wire.utf8[wire.utf8.index(after: at)...])
        guard local.isDotAtom, domain.isDotAtom else { return nil }
        self.localPart = String(Substring(local))
        self.domain = String(Substring(domain))
    }

    /// `local-part@domain`, as it goes on the wire.
    package var wire: String { "\(localPart)@\(domain)" }

    /// Whether only a relay that offers SMTPUTF8 can take it (RFC 6531 §3.1).
    package var needsSMTPUTF8: Bool { !localPart.utf8.allSatisfy { $0 < 0x80 } }

    /// What identifies the mailbox when we look it up: NFC and lower case before the `@`, A-labels after it. Dots and
    /// `+tag` stay: they may be another person's.
    package var key: String {
        guard needsSMTPUTF8 else { return "\(localPart.lowercased())@\(domain)" }
        return "\(localPart.canonical.lowercased().canonical)@\(domain)"
    }
}

extension EmailAddress: Hashable {
    /// By bytes: `String ==` would take two addresses for one that every relay and every database tells apart.
    package static func == (a: EmailAddress, b: EmailAddress) -> Bool {
        a.localPart.utf8.elementsEqual(b.localPart.utf8) && a.domain.utf8.elementsEqual(b.domain.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in localPart.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(ascii: "@"))
        for byte in domain.utf8 { hasher.combine(byte) }
    }
}

extension EmailAddress: Redacted {}

extension String {
    /// Unicode's normalisation form C.
    var canonical: String { precomposedStringWithCanonicalMapping }
}

extension Substring.UTF8View {
    /// `atext` and UTF-8 in dot-separated pieces, none of them empty (RFC 5322 §3.2.3, RFC 6531 §3.3).
    var isDotAtom: Bool {
        var previous = UInt8(ascii: ".")
        for byte in self {
            guard byte.isAtomText || (byte == UInt8(ascii: ".") && previous != byte) else { return false }
            previous = byte
        }
        return previous != UInt8(ascii: ".")
    }

    /// Holds neither invisible nor direction-turning characters.
    fileprivate var isHarmless: Bool {
        allSatisfy { $0 < 0x80 }
            || Substring(self).unicodeScalars.allSatisfy { !$0.isUnseen && !$0.properties.isWhitespace }
    }
}

extension UInt8 {
    /// RFC 5322 §3.2.3 `atext`, or a byte of a UTF-8 sequence.
    var isAtomText: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        case UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "{")...UInt8(ascii: "~"),
            UInt8(ascii: "^")...UInt8(ascii: "`"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"):
            true
        default: false
        }
    }
}
