package import Crypto
package import Foundation
import Mail

/// Every secret that Courant makes itself. It lives in one file beside nothing else of worth: whoever holds the database
/// alone reads no address, and destroying a sealing key ends every older copy of what it sealed.
///
/// Keys that made links are kept for ever, because a link in an old mail must go on working. The newest of each kind is
/// the one in use; its number stands in what it made.
package struct Keyring: Sendable, Redacted {
    /// AES-256-GCM, by number.
    private let sealing: SealingRing
    /// HMAC-SHA-256 for unsubscribe links, by number.
    package let links: [UInt8: SymmetricKey]
    let linkStamps: [UInt8: HMACKey]
    /// HMAC-SHA-256 for the blind index: looking an address up without reading any.
    package let index: SymmetricKey
    /// HMAC-SHA-256 for the fingerprints of those who asked never to be written to again.
    package let fingerprints: SymmetricKey
    /// Ed25519 for consent receipts.
    package let receipts: Curve25519.Signing.PrivateKey
    let indexStamp: HMACKey
    let fingerprintStamp: HMACKey
    /// For the codes of confirm mails; its key is derived from the index's.
    let codeStamp: HMACKey

    package static func random() -> Keyring {
        Keyring(
            sealing: [1: SymmetricKey(size: .bits256)], links: [1: SymmetricKey(size: .bits256)],
            index: SymmetricKey(size: .bits256), fingerprints: SymmetricKey(size: .bits256),
            receipts: Curve25519.Signing.PrivateKey())
    }

    private init(
        sealing: [UInt8: SymmetricKey], links: [UInt8: SymmetricKey], index: SymmetricKey, fingerprints: SymmetricKey,
        receipts: Curve25519.Signing.PrivateKey
    ) {
        self.sealing = SealingRing(sealing)
        self.links = links
        self.index = index
        self.fingerprints = fingerprints
        self.receipts = receipts
        linkStamps = links.mapValues { HMACKey($0) }
        indexStamp = HMACKey(index)
        fingerprintStamp = HMACKey(fingerprints)
        codeStamp = HMACKey(
            HKDF<SHA256>.deriveKey(inputKeyMaterial: index, info: Data("confirm code".utf8), outputByteCount: 32))
    }

    /// Names this set of keys to a database, without revealing any of them.
    package var check: Data {
        indexStamp.code(of: Data("courant keyring".utf8))
    }

    /// By this the host's own look at the proxy is known: it is told what nobody else need know.
    package var probe: String { indexStamp.code(of: Data("courant proxy probe".utf8)).base64URL }

    var newestLink: (number: UInt8, stamp: HMACKey)? {
        linkStamps.max { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension Keyring {
    /// The number of the key that seals, and the key.
    var newestSealing: (number: UInt8, key: SymmetricKey)? { sealing.newest }

    /// Asks the file once more where a number is not known: somebody may be rotating the keys.
    func sealingKey(_ number: UInt8) -> SymmetricKey? {
        sealing.keys[number] ?? sealing.refreshed()[number]
    }

    /// Takes over what the key file says now; without one, or where it cannot be read, all stays as it is.
    package func refresh() { _ = sealing.refreshed() }

    /// Every copy of this keyring has the sealing keys of `file` as of now, and whenever it is refreshed.
    package func following(_ file: @escaping @Sendable () -> Keyring?) -> Keyring {
        sealing.follow { file()?.sealing.keys }
        return self
    }

    /// The numbers of the sealing keys, oldest first. More than one: a rotation is under way or was interrupted.
    package var sealingNumbers: [UInt8] { sealing.keys.keys.sorted() }
    package var newestSealingNumber: UInt8 { newestSealing?.number ?? 0 }
    package var oldestSealingNumber: UInt8 { sealing.keys.keys.min() ?? 0 }

    /// With one more sealing key, which is the newest. Nil after 255 of them.
    package func withNextSealingKey() -> Keyring? {
        guard let (number, _) = newestSealing, number < .max else { return nil }
        return with(sealing: sealing.keys.merging([number + 1: SymmetricKey(size: .bits256)]) { $1 })
    }

    /// What the older ones sealed can be read by nobody any more.
    package func withNewestSealingKeyAlone() -> Keyring {
        with(sealing: newestSealing.map { [$0.number: $0.key] } ?? [:])
    }

    private func with(sealing: [UInt8: SymmetricKey]) -> Keyring {
        Keyring(sealing: sealing, links: links, index: index, fingerprints: fingerprints, receipts: receipts)
    }
}

/// As it stands in the file: secrets in base64, by kind and number.
extension Keyring: Codable {
    private enum CodingKeys: String, CodingKey {
        case sealing, links, index, fingerprints, receipts
    }

    package init(from decoder: any Decoder) throws {
        let file = try decoder.container(keyedBy: CodingKeys.self)
        func numbered(_ kind: CodingKeys) throws -> [UInt8: SymmetricKey] {
            let keys = try file.decode([String: Data].self, forKey: kind)
            return try keys.reduce(into: [:]) { numbered, entry in
                guard let number = UInt8(entry.key), entry.value.count == 32 else {
                    throw DecodingError.dataCorruptedError(
                        forKey: kind, in: file, debugDescription: "a key is not a number from 0 to 255 with 32 bytes")
                }
                numbered[number] = SymmetricKey(data: entry.value)
            }
        }
        func single(_ kind: CodingKeys) throws -> Data {
            let key = try file.decode(Data.self, forKey: kind)
            guard key.count == 32 else {
                throw DecodingError.dataCorruptedError(forKey: kind, in: file, debugDescription: "not 32 bytes")
            }
            return key
        }
        self.init(
            sealing: try numbered(.sealing), links: try numbered(.links),
            index: SymmetricKey(data: try single(.index)), fingerprints: SymmetricKey(data: try single(.fingerprints)),
            receipts: try Curve25519.Signing.PrivateKey(rawRepresentation: try single(.receipts)))
        guard sealing.newest != nil, !links.isEmpty else {
            throw DecodingError.dataCorruptedError(forKey: .sealing, in: file, debugDescription: "no key")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        func numbered(_ keys: [UInt8: SymmetricKey]) -> [String: Data] {
            keys.reduce(into: [:]) { $0[String($1.key)] = $1.value.bytes }
        }
        var file = encoder.container(keyedBy: CodingKeys.self)
        try file.encode(numbered(sealing.keys), forKey: .sealing)
        try file.encode(numbered(links), forKey: .links)
        try file.encode(index.bytes, forKey: .index)
        try file.encode(fingerprints.bytes, forKey: .fingerprints)
        try file.encode(receipts.rawRepresentation, forKey: .receipts)
    }
}

extension SymmetricKey {
    fileprivate var bytes: Data { withUnsafeBytes { Data($0) } }
}
