internal import Foundation

enum Base64 {
    static func encode(_ bytes: some DataProtocol) -> String { Data(bytes).base64EncodedString() }

    /// Nil where it is none; white space in its midst is passed over.
    static func decode(_ text: String) -> [UInt8]? {
        let bytes = text.utf8.filter { !$0.isBlank }
        return Data(base64Encoded: Data(bytes)).map { [UInt8]($0) }
    }
}
