package import Foundation

/// The proof of consent that its giver keeps. Courant holds no evidence once a subscription is erased, but recognises a
/// receipt that a person presents: it is signed (Ed25519, RFC 8032) over exactly the lines above the signature.
package struct Receipt: Sendable, Equatable {
    package let list: String
    package let askedAt: Date
    package let confirmedAt: Date
    /// SHA-256 of the sentence that was agreed to.
    package let text: String
    package let policy: String

    init(_ subscription: Subscription, confirmedAt: Date) {
        list = subscription.list.slug.text
        askedAt = subscription.consent?.askedAt ?? confirmedAt
        self.confirmedAt = confirmedAt
        text = subscription.consent?.text ?? "-"
        policy = subscription.consent?.policy ?? "-"
    }

    /// Seven lines of ASCII.
    func signed(by keyring: Keyring) throws -> String { try keyring.signed(statement) }

    /// Whether these lines were signed here.
    package static func isGenuine(_ receipt: String, keyring: Keyring) -> Bool { keyring.hasSigned(receipt) }

    static let heading = "Courant consent receipt, version 1"
    private static let fields = ["List: ", "Asked: ", "Confirmed: ", "Text: ", "Policy: ", "Signature: "]

    private var statement: String {
        """
        \(Self.heading)
        List: \(list)
        Asked: \(askedAt.formatted(.iso8601))
        Confirmed: \(confirmedAt.formatted(.iso8601))
        Text: \(text)
        Policy: \(policy)

        """
    }
}

// MARK: Reading one

extension Receipt {
    /// Of the lines that `lines(in:)` found. Nil where a field is missing.
    init?(signed lines: String) {
        let lines = lines.split(separator: "\n").map(String.init)
        func field(_ name: String) -> String? {
            lines.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
        }
        guard let list = field("List: "), let text = field("Text: "), let policy = field("Policy: "),
            let askedAt = field("Asked: ").flatMap({ try? Date($0, strategy: .iso8601) }),
            let confirmedAt = field("Confirmed: ").flatMap({ try? Date($0, strategy: .iso8601) })
        else { return nil }
        self.list = list
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.text = text
        self.policy = policy
    }

    /// The receipt in a mail, as it came or as it is shown, or in what somebody copied of one: marks of quotation are taken
    /// off, and a line that was broken on the way is put together. Nil where there is none.
    static func lines(in text: String) -> String? {
        let joined = text.replacing(/=\r?\n/.matchingSemantics(.unicodeScalar), with: "")
        return plainLines(in: joined) ?? decodedParts(of: text).lazy.compactMap(plainLines).first
    }

    /// Parts of a mail that are written in base64: no other line is as long and without a blank.
    private static func decodedParts(of text: String) -> [String] {
        text.matches(of: /(?:[A-Za-z0-9+\/]{40,}\r?\n)+[A-Za-z0-9+\/=]*/.matchingSemantics(.unicodeScalar)).compactMap {
            part in
            Data(base64Encoded: String(part.output), options: .ignoreUnknownCharacters)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private static func plainLines(in text: String) -> String? {
        let marks = CharacterSet.whitespaces.union(CharacterSet(charactersIn: ">"))
        let lines = text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: marks) }.filter { !$0.isEmpty }
        guard let start = lines.firstIndex(of: heading) else { return nil }
        var found = [heading]
        for line in lines[(start + 1)...].prefix(3 * fields.count) {
            if fields.contains(where: line.hasPrefix) {
                guard !found[found.count - 1].hasPrefix("Signature: ") else { break }
                found.append(line)
            } else if let last = found.last, last.hasPrefix("Signature: ") {
                guard Self.signature(last) == nil, !line.contains(" ") else { break }
                found[found.count - 1] += line
            } else {
                found[found.count - 1] += line
            }
        }
        guard let last = found.last, last.hasPrefix("Signature: ") else { return nil }
        return found.joined(separator: "\n")
    }

    /// Nil while a part of it is on the next line.
    private static func signature(_ line: String) -> Data? {
        Data(base64URL: line.dropFirst("Signature: ".count)).flatMap { $0.count == 64 ? $0 : nil }
    }
}
