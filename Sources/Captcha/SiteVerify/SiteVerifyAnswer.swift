import Foundation

/// The JSON that all providers answer with. A field of the wrong type is an answer that cannot be read.
struct SiteVerifyAnswer: Decodable {
    let success: Bool
    let hostname: String?
    let action: String?
    let score: Double?
    let errorCodes: [String]?
    private let challengeTime: String?

    private enum CodingKeys: String, CodingKey {
        case success, hostname, action, score
        case errorCodes = "error-codes"
        case challengeTime = "challenge_ts"
    }

    /// ISO 8601, with or without fractions of a second.
    var solved: Date? {
        guard let challengeTime else { return nil }
        return (try? Date(challengeTime, strategy: .iso8601))
            ?? (try? Date(challengeTime, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
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
