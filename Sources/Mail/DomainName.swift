internal import CIDN

/// Domain names as mail needs them: lower-case A-labels.
package enum DomainName {
    /// The name in A-labels (UTS 46, non-transitional, then RFC 5890's letters, digits and hyphens), or nil if mail
    /// cannot go there: fewer than two labels, an address literal, a label that DNS cannot hold.
    package static func ascii(_ name: String) -> String? { ascii(name, labels: 2) }

    /// The name of a machine in A-labels, which may be a single label: `localhost`, or a name of one's own network.
    package static func host(_ name: String) -> String? { ascii(name, labels: 1) }

    /// Whether it is one of the names that are there for examples alone (RFC 2606 §3), or below one.
    package static func isExample(_ name: String) -> Bool {
        let labels = name.lowercased().utf8.split(separator: UInt8(ascii: ".")).suffix(2).map { String(Substring($0)) }
        return labels.count == 2 && labels[0] == "example" && ["com", "net", "org"].contains(labels[1])
    }

    /// Both lower-case.
    package static func isAtOrBelow(_ name: String, _ domain: String) -> Bool {
        name == domain || name.hasSuffix(".\(domain)")
    }

    private static func ascii(_ name: String, labels: Int) -> String? {
        guard name.utf8.count <= 1_000, !name.utf8.contains(0) else { return nil }
        guard let mapped = isPlain(name) ? name.lowercased() : mapped(name) else { return nil }
        return isHostName(mapped, labels: labels) ? mapped : nil
    }

    /// Nothing that UTS 46 would change but the case. It spares the library for nearly every address.
    private static func isPlain(_ name: String) -> Bool {
        name.utf8.allSatisfy { $0 < 0x80 } && !Array(name.lowercased().utf8).holds("xn--")
    }

    private static func mapped(_ name: String) -> String? {
        var output: UnsafeMutablePointer<CChar>?
        let flags = Int32(IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        guard idn2_to_ascii_8z(name, &output, flags) == IDN2_OK.rawValue, let output else { return nil }
        defer { idn2_free(output) }
        return String(cString: output).lowercased()
    }

    private static func isHostName(_ name: String, labels fewest: Int) -> Bool {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= fewest, name.utf8.count <= 253, labels.allSatisfy(isLabel) else { return false }
        // A name that ends in digits only is an IPv4 address, or will be taken for one.
        return labels.last?.contains { !isDigit($0) } ?? false
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { $0 == hyphen || isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static let hyphen = UInt8(ascii: "-")
}
