/// A signature as a mail bears it, and whether it holds (RFC 6376 §6.1).
package struct DKIMSignature: Sendable {
    package let domain: String
    package let selector: String
    package let algorithm: DKIMKey.Algorithm
    /// The fields that it covers, in lower case, each as often as it is named.
    package let covered: [String]
    /// It covers so many bytes of the body, and whatever is added behind them.
    package let bodyLength: Int?
    private let header: SignedMail.Form
    private let body: SignedMail.Form
    private let bodyHash: [UInt8]
    private let signature: [UInt8]
    private let field: SignedMail.Field

    package enum Problem: Error, Equatable {
        /// Its tags cannot be read, or are not what version 1 asks for.
        case malformed
        /// Another way to sign, or SHA-1 (RFC 8301 §3.1).
        case unknownAlgorithm(String)
    }

    package enum Verdict: Sendable, Equatable {
        case holds(bits: Int)
        /// The body is not what was signed.
        case bodyChanged
        /// The fields are not what was signed, or another key has signed.
        case fieldsChanged
        /// The record cannot be used for it: says why.
        case recordUnusable(String)
    }

    /// Those of a mail, from the top.
    package static func all(of mail: SignedMail) -> [Result<DKIMSignature, Problem>] {
        mail.fields.filter { $0.name == "dkim-signature" }.map { field in
            Result { () throws(Problem) in try DKIMSignature(field, mail) }
        }
    }

    private init(_ field: SignedMail.Field, _ mail: SignedMail) throws(Problem) {
        guard let tags = TagList(mail.text(field)), tags["v"] == "1", let names = tags.words("h"),
            names.contains("from"), let domain = tags["d"]?.lowercased(), let selector = tags["s"],
            let signature = tags.base64("b"), let hash = tags.base64("bh"), !domain.isEmpty, !selector.isEmpty
        else { throw .malformed }
        guard let name = tags["a"]?.lowercased(),
            let algorithm = DKIMKey.Algorithm.allCases.first(where: { $0.signature == name })
        else { throw .unknownAlgorithm(tags["a"] ?? "none") }
        let forms = (tags["c"] ?? "simple/simple").lowercased().split(separator: "/").map(String.init)
        guard let header = SignedMail.Form(rawValue: forms.first ?? ""),
            let body = SignedMail.Form(rawValue: forms.count > 1 ? forms[1] : "simple")
        else { throw .malformed }
        if let length = tags["l"] {
            guard let length = Int(length), length >= 0 else { throw .malformed }
            bodyLength = length
        } else {
            bodyLength = nil
        }
        (self.domain, self.selector, self.algorithm, covered) = (domain, selector, algorithm, names)
        (self.header, self.body, bodyHash, self.signature, self.field) = (header, body, hash, signature, field)
    }

    /// Where the key's record stands.
    package var recordName: String { DKIMKey.recordName(selector, domain) }

    package func verify(_ mail: SignedMail, record: String) -> Verdict {
        let key: CryptoKey
        switch DKIMRecord(record).key(for: algorithm) {
        case .success(let found): key = found
        case .failure(let why): return .recordUnusable(why.words)
        }
        guard mail.bodyHash(body, length: bodyLength) == bodyHash else { return .bodyChanged }
        var bytes: [UInt8] = []
        mail.append(covered, header, to: &bytes)
        mail.append(unsigned: field, header, to: &bytes)
        return key.verify(bytes, signature) ? .holds(bits: key.bits) : .fieldsChanged
    }
}

extension SignedMail {
    func bodyHash(_ form: Form, length: Int?) -> [UInt8] {
        guard let length else { return bodyHash(form) }
        return SHA256.digest(Array(body(form).prefix(length)))
    }

    /// The signature's own field: without what `b=` says, and without a line's end (RFC 6376 §3.7).
    func append(unsigned field: Field, _ form: Form, to bytes: inout [UInt8]) {
        var value: [UInt8] = []
        for (index, tag) in content[field.value].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if index > 0 { value.append(UInt8(ascii: ";")) }
            guard let equals = tag.firstIndex(of: UInt8(ascii: "=")),
                tag[..<equals].filter({ !$0.isBlank }) == [UInt8(ascii: "b")]
            else {
                value += tag
                continue
            }
            value += tag[...equals]
        }
        while value.suffix(2) == [0x0D, 0x0A] { value.removeLast(2) }
        if form == .simple {
            bytes += content[field.bytes.lowerBound..<field.value.lowerBound] + value
        } else {
            bytes += "\(field.name):".utf8
            Self.relax(value, into: &bytes)
        }
    }
}
