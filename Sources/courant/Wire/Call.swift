import CourantAPI
import Foundation

struct Call: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
        case put = "PUT"
        case delete = "DELETE"
    }

    var method: Method
    /// From the service's address on, `/api/v1/…`.
    var path: String
    var body: Data?
    var contentType = "application/json"
    var key: IdempotencyKey?

    /// Asking again after a lost answer changes nothing.
    var isRepeatable: Bool { method == .get || method == .put || key != nil }
}

struct Answer: Sendable {
    var status: Int
    var body: Data
    /// The service's clock, from the `Date` header.
    var date: String?

    func failure(at url: ServiceURL) -> Failure {
        guard let problem = try? JSON.decode(Problem.self, from: body) else { return .strange(status, url) }
        return Failure(problem, at: url)
    }
}

/// Names one intention, so that asking twice (a lost answer, the same command run again) happens once. A hash of what is
/// intended rather than a random number: it must come out the same in another run.
struct IdempotencyKey: Sendable, CustomStringConvertible {
    let description: String

    /// FNV-1a, 128 bits: against accidents, not against enemies, for only the caller's own calls share its space.
    init(_ parts: String...) {
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for part in parts {
            for byte in part.utf8 + [0] {
                hash ^= UInt128(byte)
                hash &*= 0x0000_0000_0100_0000_0000_0000_0000_013B
            }
        }
        description = String(hash, radix: 16)
    }
}

extension String {
    /// RFC 3986 §2.3: all but unreserved characters.
    var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            if byte.isDigit || byte.isLetter || Array("-._~".utf8).contains(byte) {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
