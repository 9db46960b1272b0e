/// A key's record in DNS (RFC 6376 §3.6.1).
package struct DKIMRecord: Sendable {
    private let tags: TagList?

    package init(_ text: String) {
        let tags = TagList(text)
        // A version that is given is the first tag, and DKIM1.
        let isOurs = tags.map { $0["v"] == nil || ($0.tags.first?.name == "v" && $0["v"] == "DKIM1") } ?? false
        self.tags = isOurs ? tags : nil
    }

    package enum Fault: Error, Sendable, Equatable {
        case malformed, noKey, revoked, unreadableKey, otherKeyType(String), noSHA256, notForMail

        package var words: String {
            switch self {
            case .malformed: "it is not written as a DKIM record is: v=DKIM1; k=rsa; p=…"
            case .noKey: "it has no p="
            case .revoked: "its p= is empty, so the key is revoked"
            case .unreadableKey: "its p= is no key: it may have been cut when it was pasted"
            case .otherKeyType(let type): "its key is of another type (k=\(type))"
            case .noSHA256: "its h= leaves out sha256"
            case .notForMail: "its s= says that the key is not for mail"
            }
        }
    }

    /// The owner of the domain is still trying it out.
    package var isTesting: Bool { tags?.words("t")?.contains("y") ?? false }

    /// `p=`, as far as it can be decoded.
    package var publicBytes: [UInt8]? { tags?.base64("p") }

    package func fault(for algorithm: DKIMKey.Algorithm) -> Fault? {
        if case .failure(let fault) = key(for: algorithm) { fault } else { nil }
    }

    func key(for algorithm: DKIMKey.Algorithm) -> Result<CryptoKey, Fault> {
        guard let tags else { return .failure(.malformed) }
        guard let value = tags["p"] else { return .failure(.noKey) }
        if value.isEmpty { return .failure(.revoked) }
        let type = tags["k"]?.lowercased() ?? "rsa"
        guard type == algorithm.rawValue else { return .failure(.otherKeyType(type)) }
        if let hashes = tags.words("h"), !hashes.contains("sha256") { return .failure(.noSHA256) }
        if let services = tags.words("s"), !services.contains("*"), !services.contains("email") {
            return .failure(.notForMail)
        }
        guard let bytes = publicBytes, let key = CryptoKey(publicBytes: bytes, algorithm) else {
            return .failure(.unreadableKey)
        }
        return .success(key)
    }
}
