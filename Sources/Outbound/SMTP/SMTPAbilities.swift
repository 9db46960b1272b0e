/// What a relay offers in its answer to EHLO (RFC 5321 §4.1.1.1), as far as we use it.
package struct SMTPAbilities: Hashable, Sendable {
    /// RFC 2920: commands may be sent before earlier ones are answered.
    package var pipelining = false
    /// RFC 6531: addresses may be UTF-8.
    package var smtpUTF8 = false
    /// RFC 1870: MAIL may announce the size.
    package var size = false
    /// The largest message it takes, where it says so.
    package var largestMessage: Int?
    /// RFC 4954.
    package var authentication: [String] = []

    package init() {}

    /// Reads the lines `250-KEYWORD parameters`; the first is the relay's greeting, and everything else is passed over.
    package init(ehlo lines: some Sequence<some Collection<UInt8>>) {
        for line in lines where line.starts(with: "250".utf8) {
            let words = line.dropFirst(4).split { $0 <= UInt8(ascii: " ") }.prefix(40)
                .map { String(decoding: $0, as: UTF8.self).uppercased() }
            switch words.first {
            case "PIPELINING": pipelining = true
            case "SMTPUTF8": smtpUTF8 = true
            case "SIZE":
                size = true
                largestMessage = words.dropFirst().first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
            case "AUTH": authentication = Array(words.dropFirst())
            default: break
            }
        }
    }
}
