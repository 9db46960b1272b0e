import Foundation

/// What the solver sends back: Base64 of a JSON object (ALTCHA's payload).
struct Proof: Decodable {
    let algorithm: String
    let challenge: String
    let number: Int
    let salt: String
    let signature: String

    init?(_ text: String) {
        guard text.utf8.count <= 1024, let json = Data(base64Encoded: text),
            let proof = try? JSONDecoder().decode(Proof.self, from: json), proof.algorithm == "SHA-256"
        else { return nil }
        self = proof
    }
}

/// What the number is hashed with: 96 random bits and the time until which it counts, `…?expires=…&`. The `&` at the end
/// keeps a digit of the number from being taken for one of the time. Under 45 bytes, so that salt and number make one
/// block of SHA-256.
struct Salt {
    let text: String
    let expires: Date

    init(expires: Date) {
        let random = UInt128.random(in: 0...UInt128.max)
        let seconds = Int64(expires.timeIntervalSince1970.rounded(.up))
        text = "\(withUnsafeBytes(of: random) { Data($0.prefix(12)) }.hex)?expires=\(seconds)&"
        self.expires = Date(timeIntervalSince1970: TimeInterval(seconds))
    }

    /// Nil for anything but the one spelling in which we write it.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let middle = Array("?expires=".utf8)
        guard bytes.count == 24 + middle.count + 10 + 1,
            Data(hex: String(decoding: bytes[..<24], as: UTF8.self)) != nil,
            bytes[24...].starts(with: middle), bytes.last == UInt8(ascii: "&")
        else { return nil }
        let digits = bytes[(24 + middle.count)...].dropLast()
        guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return nil }
        self.text = text
        expires = Date(timeIntervalSince1970: digits.reduce(0) { $0 * 10 + TimeInterval($1 - UInt8(ascii: "0")) })
    }
}

extension Data {
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil for anything but whole bytes in small letters.
    init?(hex text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var data = Data(capacity: bytes.count / 2)
        for index in stride(from: 0, to: bytes.count, by: 2) {
            guard let high = bytes[index].hexDigit, let low = bytes[index + 1].hexDigit else { return nil }
            data.append(high << 4 | low)
        }
        self = data
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
