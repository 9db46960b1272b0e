import Crypto
import Foundation

/// SHA-256 of a file that comes piece by piece.
package struct FileDigest {
    private var hash = SHA256()

    package init() {}

    init(of bytes: [UInt8]) { take(bytes) }

    package mutating func take(_ bytes: [UInt8]) { hash.update(data: bytes) }

    /// In hexadecimal.
    package var text: String {
        hash.finalize().map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
