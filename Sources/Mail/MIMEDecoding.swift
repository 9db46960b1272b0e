internal import Foundation

/// `multipart/mixed; boundary="x"`.
package struct ParameterisedValue: Sendable {
    /// In lower case.
    package let value: String
    /// By their names in lower case.
    package private(set) var parameters: [String: String] = [:]

    package init(_ text: String) {
        var pieces: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
                continue
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                continue
            } else if byte == UInt8(ascii: ";"), !isQuoted {
                pieces.append([])
                continue
            }
            pieces[pieces.count - 1].append(byte)
        }
        let texts = pieces.map { String(decoding: $0, as: UTF8.self).trimmedOfBlanks }
        value = texts[0].lowercased()
        for text in texts.dropFirst() {
            let halves = text.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1).map {
                String(decoding: $0, as: UTF8.self).trimmedOfBlanks
            }
            if halves.count == 2 { parameters[halves[0].lowercased()] = halves[1] }
        }
    }
}

/// RFC 2045 §6.7; in encoded words `_` is a space (RFC 2047 §4.2).
func decodedQuotedPrintable(_ bytes: ArraySlice<UInt8>, underscoreIsSpace: Bool) -> [UInt8] {
    var decoded: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
        let byte = bytes[index]
        index += 1
        guard byte == UInt8(ascii: "=") else {
            decoded.append(underscoreIsSpace && byte == UInt8(ascii: "_") ? UInt8(ascii: " ") : byte)
            continue
        }
        let rest = bytes[index...]
        if rest.starts(with: "\r\n".utf8) {
            index += 2
        } else if rest.first == UInt8(ascii: "\n") {
            index += 1
        } else if rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
            decoded.append(value)
            index += 2
        } else {
            decoded.append(byte)
        }
    }
    return decoded
}

func decodedBase64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(Data(base64Encoded: Data(bytes), options: .ignoreUnknownCharacters) ?? Data())
}

func decoded(_ bytes: [UInt8], charset: String) -> String {
    switch charset.lowercased() {
    case "iso-8859-1", "latin1", "windows-1252":
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    default: String(decoding: bytes, as: UTF8.self)
    }
}

/// Replaces `=?charset?Q?…?=` and `=?charset?B?…?=`, and drops the white space between two of them (RFC 2047 §6.2).
func decodedWords(_ bytes: [UInt8]) -> String {
    var text = ""
    var pending: [UInt8] = []
    var followsWord = false
    var index = 0
    while index < bytes.count {
        if let (word, end) = encodedWord(bytes[index...]) {
            if !followsWord || !pending.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                text += String(decoding: pending, as: UTF8.self)
            }
            pending.removeAll()
            text += word
            followsWord = true
            index = end
        } else {
            pending.append(bytes[index])
            index += 1
        }
    }
    return text + String(decoding: pending, as: UTF8.self)
}

private func encodedWord(_ bytes: ArraySlice<UInt8>) -> (String, end: Int)? {
    guard bytes.starts(with: "=?".utf8) else { return nil }
    let longest = bytes.prefix(300)
    let question = UInt8(ascii: "?")
    let pieces = longest.dropFirst(2).split(separator: question, maxSplits: 3, omittingEmptySubsequences: false)
    guard pieces.count == 4, pieces[3].first == UInt8(ascii: "="), !pieces[2].contains(0x20) else { return nil }
    let charset = String(decoding: pieces[0].prefix { $0 != UInt8(ascii: "*") }, as: UTF8.self)
    let end = pieces[3].startIndex + 1
    switch String(decoding: pieces[1], as: UTF8.self).uppercased() {
    case "Q": return (decoded(decodedQuotedPrintable(pieces[2], underscoreIsSpace: true), charset: charset), end)
    case "B":
        guard let data = Data(base64Encoded: Data(pieces[2])) else { return nil }
        return (decoded(Array(data), charset: charset), end)
    default: return nil
    }
}
