package import Foundation

/// Signs what leaves (RFC 6376): `relaxed/relaxed`, without `l=`, with the key of the `From`'s domain or of a parent of it.
///
/// What an attacker could add is signed as absent: a field that is named once more than it is there breaks the signature when
/// another is put in. So both List-Unsubscribe fields are covered, as RFC 8058 §4 asks.
package struct DKIMSigner: Sendable {
    private let keys: [String: [DKIMKey]]

    /// By domain; of each algorithm one, RSA first, which everybody verifies.
    package init(_ keys: [DKIMKey]) {
        self.keys = Dictionary(grouping: keys.sorted { $0.algorithm == .rsa && $1.algorithm != .rsa }, by: \.domain)
    }

    /// Those that sign for a `From` of that domain: its own, or those of the nearest parent.
    package func keys(for domain: String) -> [DKIMKey] {
        var name = Substring(domain)
        while true {
            if let found = keys[String(name)] { return found }
            guard let dot = name.firstIndex(of: ".") else { return [] }
            name = name[name.index(after: dot)...]
        }
    }

    package var all: [DKIMKey] { keys.values.flatMap(\.self).sorted { $0.recordName < $1.recordName } }

    /// The mail with its signatures in front; as it is where no key signs for its `From`.
    package func signed(_ content: [UInt8], at now: Date) -> [UInt8] {
        let mail = SignedMail(content)
        guard let domain = mail.fromDomain else { return content }
        let keys = keys(for: domain)
        guard !keys.isEmpty else { return content }
        let names = Self.covered(of: mail)
        let hash = Base64.encode(mail.bodyHash(.relaxed))
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count + 1_500 * keys.count)
        for key in keys { Self.append(key, mail, names, bodyHash: hash, at: now, to: &bytes) }
        bytes.append(contentsOf: content)
        return bytes
    }

    /// What RFC 6376 §5.4.1 advises, and what a list adds to it.
    static let names = [
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Cc", "Sender", "MIME-Version", "Content-Type",
        "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help", "List-Owner", "List-Post", "Feedback-ID",
        "Auto-Submitted", "Content-Language", "CFBL-Address",
    ]

    /// Named once more than they are there: nobody may add one.
    static let oversigned: Set<String> = [
        "From", "To", "Subject", "Date", "Reply-To", "Cc", "Sender", "Content-Type", "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ]

    /// The same, but only where it is there: a relay may add one of its own to the others.
    static let oversignedWherePresent: Set<String> = ["CFBL-Address"]

    private static func covered(of mail: SignedMail) -> [String] {
        names.flatMap { name in
            let count = mail.count(name.lowercased())
            let isOversigned = oversigned.contains(name) || (count > 0 && oversignedWherePresent.contains(name))
            return Array(repeating: name, count: count + (isOversigned ? 1 : 0))
        }
    }

    private static func append(
        _ key: DKIMKey, _ mail: SignedMail, _ names: [String], bodyHash: String, at now: Date, to bytes: inout [UInt8]
    ) {
        let value =
            " v=1; a=\(key.algorithm.signature); c=relaxed/relaxed; d=\(key.domain);\r\n"
            + " s=\(key.selector); t=\(Int64(now.timeIntervalSince1970));\r\n"
            + " h=\(folded(names));\r\n bh=\(bodyHash);\r\n b="
        var covered: [UInt8] = []
        mail.append(names.map { $0.lowercased() }, .relaxed, to: &covered)
        covered += "dkim-signature:".utf8
        SignedMail.relax(value.utf8, into: &covered)
        bytes += "DKIM-Signature:\(value)".utf8
        bytes += folded(Base64.encode(key.sign(covered)))
        bytes += [0x0D, 0x0A]
    }

    /// Lines of at most 76 columns; the first begins behind ` h=`.
    private static func folded(_ names: [String]) -> String {
        var (text, column) = ("", 3)
        for (index, name) in names.enumerated() {
            let word = index == names.count - 1 ? name : name + ":"
            if column + word.utf8.count > 76 {
                text += "\r\n  "
                column = 2
            }
            text += word
            column += word.utf8.count
        }
        return text
    }

    private static func folded(_ base64: String) -> [UInt8] {
        var (bytes, column) = ([UInt8](), 3)
        for byte in base64.utf8 {
            if column == 76 {
                bytes += [0x0D, 0x0A, 0x20]
                column = 1
            }
            bytes.append(byte)
            column += 1
        }
        return bytes
    }
}
