package import Mail

/// So that a test may write its address as it is; whoever writes one that is none sees it at once.
extension PublicURL: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) {
        guard let url = try? PublicURL(text) else { preconditionFailure("\(text) is no public address") }
        self = url
    }
}
