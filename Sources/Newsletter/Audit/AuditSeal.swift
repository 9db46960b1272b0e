import Crypto
package import Foundation

/// Where the chain ends, under a seal of its own: so that entries cannot be cut from the end unseen.
package struct AuditHead: Sendable, Equatable {
    /// Of the newest entry.
    package let number: Int64
    package let code: Data
    package let seal: Data

    package init(number: Int64, code: Data, seal: Data) {
        self.number = number
        self.code = code
        self.seal = seal
    }
}

/// What makes the chain, and tells a true one: HMAC-SHA-256 under a key that is not in the database.
struct AuditSeal {
    private let key: SymmetricKey

    /// What an entry follows where the head was taken away or changed: nothing has this code, so the break stays to be seen.
    static let headLost = Data("the head was lost".utf8)

    init(_ keyring: Keyring) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: keyring.fingerprints, info: Data("courant audit".utf8), outputByteCount: 32)
    }

    /// Each part is preceded by its length, so that no two entries have one text.
    func code(of entry: AuditEntry, after before: Data?) -> Data {
        var code = HMAC<SHA256>(key: key)
        code.update(data: before ?? Data())
        let milliseconds = Int64((entry.at.timeIntervalSince1970 * 1000).rounded())
        for part in [
            String(entry.number), String(milliseconds), entry.actor, entry.action, entry.subject, entry.result,
        ] {
            code.update(data: Data("\(part.utf8.count):\(part)".utf8))
        }
        return Data(code.finalize())
    }

    func head(_ entry: AuditEntry) -> AuditHead {
        AuditHead(number: entry.number, code: entry.code, seal: seal(entry.number, entry.code))
    }

    func vouches(for head: AuditHead) -> Bool {
        seal(head.number, head.code).equalsInConstantTime(head.seal)
    }

    private func seal(_ number: Int64, _ code: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data("head \(number):".utf8) + code, using: key))
    }
}

extension Keyring {
    var auditSeal: AuditSeal { AuditSeal(self) }
}
