/// What was parsed at the border, then sealed, and comes back out of its seal: nobody checks it again.
extension EmailAddress {
    package init(stored wire: String) {
        let bytes = wire.utf8
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { preconditionFailure("what was sealed is an address") }
        self.init(localPart: String(wire[..<at]), domain: String(wire[bytes.index(after: at)...]))
    }
}

extension PersonName {
    package init(stored text: String) {
        self.text = text
    }
}
