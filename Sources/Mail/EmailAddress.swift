/// A mail address that can stand in an SMTP envelope and in a header without escaping.
package struct EmailAddress: Hashable, Sendable {
    /// As it was typed, without surrounding white space.
    package let localPart: String
    /// Lower-case A-labels.
    package let domain: String

    package init(localPart: String, domain: String) {
        self.localPart = localPart
        self.domain = domain
    }

    /// `local-part@domain`, as it goes on the wire.
    package var wire: String { "\(localPart)@\(domain)" }
}
