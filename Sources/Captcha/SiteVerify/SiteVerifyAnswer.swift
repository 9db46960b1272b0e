/// The JSON that all providers answer with. Only `success` must be there: what is missing, empty or of another kind than the
/// manuals say is not known, and no visitor can change it.
struct SiteVerifyAnswer: Decodable {
    let success: Bool
    /// Where it was solved; nil also where the provider says that it does not say.
    let hostname: String?
    let action: String?
    let score: Double?
    let errorCodes: [String]

    private enum CodingKeys: String, CodingKey {
        case success, hostname, action, score
        case errorCodes = "error-codes"
    }

    init(from decoder: any Decoder) throws {
        let answer = try decoder.container(keyedBy: CodingKeys.self)
        func known<Value: Decodable>(_ key: CodingKeys, _ type: Value.Type) -> Value? {
            try? answer.decodeIfPresent(type, forKey: key)
        }
        success = try answer.decode(Bool.self, forKey: .success)
        hostname = known(.hostname, String.self).flatMap { ["", "not-provided"].contains($0) ? nil : $0 }
        action = known(.action, String.self).flatMap { $0.isEmpty ? nil : $0 }
        score = known(.score, Double.self) ?? known(.score, String.self).flatMap { Double($0) }
        errorCodes = known(.errorCodes, [String].self) ?? known(.errorCodes, String.self).map { [$0] } ?? []
    }
}

/// `application/x-www-form-urlencoded`, byte by byte.
func formEncoded(_ fields: [(String, String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, value) in fields {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
        appendEncoded(name, to: &bytes)
        bytes.append(UInt8(ascii: "="))
        appendEncoded(value, to: &bytes)
    }
    return bytes
}

private func appendEncoded(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            bytes.append(byte)
        default:
            bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
