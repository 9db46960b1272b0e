internal import CCrypto

/// What signs for a domain: a private key, and the selector by which receivers find its public half.
package struct DKIMKey: Sendable {
    package enum Algorithm: String, Sendable, CaseIterable {
        case rsa, ed25519

        /// In a signature's `a=`.
        package var signature: String { "\(rawValue)-sha256" }

        var kind: Int32 { Int32(self == .rsa ? courant_key_rsa.rawValue : courant_key_ed25519.rawValue) }

        init?(kind: Int32) {
            guard let found = Self.allCases.first(where: { $0.kind == kind }) else { return nil }
            self = found
        }
    }

    package enum Problem: Error, Equatable {
        /// Neither RSA nor Ed25519 in PEM, or it asks for a passphrase.
        case notAKey
        /// RFC 8301 §3.2: under 1,024 bits nobody believes it.
        case tooShort(bits: Int)
    }

    /// A-labels, as in the mails' `From`, or a parent of it.
    package let domain: String
    package let selector: String
    package let algorithm: Algorithm
    package let bits: Int
    private let key: CryptoKey

    package init(domain: String, selector: String, pem: [UInt8]) throws(Problem) {
        guard let key = CryptoKey(courant_key_read(pem, pem.count)), let algorithm = key.algorithm else {
            throw .notAKey
        }
        guard algorithm != .rsa || key.bits >= 1024 else { throw .tooShort(bits: key.bits) }
        self.init(domain, selector, algorithm, key)
    }

    /// 2,048 bits of RSA: what everybody verifies, and fits a record. Nil where the system has no randomness.
    package init?(new algorithm: Algorithm, domain: String, selector: String) {
        guard let key = CryptoKey(courant_key_make(algorithm.kind, 2048)) else { return nil }
        self.init(domain, selector, algorithm, key)
    }

    private init(_ domain: String, _ selector: String, _ algorithm: Algorithm, _ key: CryptoKey) {
        (self.domain, self.selector, self.algorithm, self.key) = (domain, selector, algorithm, key)
        bits = key.bits
    }

    /// Where its record stands in DNS.
    package var recordName: String { Self.recordName(selector, domain) }

    package static func recordName(_ selector: String, _ domain: String) -> String {
        "\(selector)._domainkey.\(domain)"
    }

    /// The record's text (RFC 6376 §3.6.1).
    package var record: String { "v=DKIM1; k=\(algorithm.rawValue); p=\(Base64.encode(publicBytes))" }

    package var publicBytes: [UInt8] { key.publicBytes }

    /// PKCS #8 in PEM: what the key's file holds.
    package var pem: [UInt8] { key.pem }

    func sign(_ bytes: [UInt8]) -> [UInt8] { key.sign(bytes) }
}

/// libcrypto's own, which several threads may use at once.
final class CryptoKey: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer

    init?(_ pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    /// A record's `p=`.
    convenience init?(publicBytes bytes: [UInt8], _ algorithm: DKIMKey.Algorithm) {
        self.init(courant_key_read_public(bytes, bytes.count, algorithm.kind))
    }

    deinit { courant_key_free(pointer) }

    var algorithm: DKIMKey.Algorithm? { DKIMKey.Algorithm(kind: courant_key_kind(pointer)) }
    var bits: Int { Int(courant_key_bits(pointer)) }

    var publicBytes: [UInt8] { filled(4_096) { courant_key_write_public(pointer, $0, $1) } }
    var pem: [UInt8] { filled(16_384) { courant_key_write(pointer, $0, $1) } }

    func sign(_ bytes: [UInt8]) -> [UInt8] {
        filled(2_048) { courant_key_sign(pointer, bytes, bytes.count, $0, $1) }
    }

    func verify(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        courant_key_verify(pointer, bytes, bytes.count, signature, signature.count) == 1
    }

    private func filled(_ room: Int, _ fill: (UnsafeMutablePointer<UInt8>?, Int) -> Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: room) { buffer, count in count = fill(buffer.baseAddress, room) }
    }
}

enum SHA256 {
    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            if let place = buffer.baseAddress { courant_sha256(bytes, bytes.count, place) }
            count = 32
        }
    }
}
