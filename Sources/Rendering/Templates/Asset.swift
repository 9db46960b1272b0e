/// A file that pages refer to, served as `/assets/NAME`.
package struct Asset: Sendable {
    package let bytes: [UInt8]
    package let contentType: String
    /// A strong validator (RFC 9110 §8.8.3), with its quotes: changes whenever a byte does.
    package let etag: String

    package init?(bytes: [UInt8], name: String) {
        guard let end = name.utf8.lastIndex(of: UInt8(ascii: ".")),
            let type = Self.types[String(name[end...]).lowercased()]
        else { return nil }
        self.bytes = bytes
        contentType = type
        etag = "\"\(String(Self.fingerprint(bytes), radix: 36))-\(String(bytes.count, radix: 36))\""
    }

    /// FNV-1a, 128 bits. It tells versions apart; it need not resist anybody.
    private static func fingerprint(_ bytes: [UInt8]) -> UInt128 {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        return hash
    }

    static let types = [
        ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
        ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon",
        ".woff2": "font/woff2",
        ".yaml": "application/yaml", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
    ]
}
