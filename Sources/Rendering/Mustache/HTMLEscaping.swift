internal import Mustache

/// Escaping for HTML's text and quoted attributes, byte by byte.
///
/// Mustache's own escaping goes over characters, and `"` followed by U+0301 is a character that it does not know: the
/// quote would end an attribute. Bytes have no such company.
package enum HTMLEscaping {
    package static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: { entity($0) != nil }) else { return text }
        var bytes: [UInt8] = []
        append(text.utf8, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Most values need none of it: they are copied as they are.
    static func append(_ text: some Collection<UInt8>, to bytes: inout [UInt8]) {
        guard text.contains(where: { entity($0) != nil }) else { return bytes.append(contentsOf: text) }
        for byte in text {
            if let entity = entity(byte) { bytes += entity.utf8Bytes } else { bytes.append(byte) }
        }
    }

    static func entity(_ byte: UInt8) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}

extension StaticString {
    var utf8Bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

/// The content type that the loader puts at the head of every template and partial.
struct WebContentType: MustacheContentType {
    static let pragma = "{{% CONTENT_TYPE:COURANT_WEB}}\n"
    /// Registered once in the process's life.
    static let registered: Void = MustacheContentTypes.register(WebContentType(), named: "COURANT_WEB")

    func escapeText(_ text: String) -> String { HTMLEscaping.escape(text) }
}
