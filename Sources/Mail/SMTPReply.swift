/// What a reply answers (RFC 5321 §4.3.2): the same code means one thing at `RCPT` and another at `MAIL`.
package enum SMTPCommand: Hashable, Sendable, CaseIterable {
    /// The connection itself, answered by the greeting.
    case connection
    case hello, startTLS, authentication
    case mail, recipient, data
    /// The mail's content, up to the final dot.
    case content
    /// RSET, QUIT, or nothing that we said.
    case other
}

/// A relay's answer to one command (RFC 5321 §4.2), with its enhanced status code if it has one (RFC 3463).
package struct SMTPReply: Hashable, Sendable {
    /// Three digits, 200 to 599.
    package let code: Int
    package let enhanced: EnhancedStatus?
    /// The text after the codes, lines joined by a space, printable ASCII only, at most 500 characters.
    /// It may quote the recipient's address: show it to nobody and log it never; keep `code` and `enhanced`.
    package let text: String
    package let command: SMTPCommand

    package init(code: Int, enhanced: EnhancedStatus?, text: String, to command: SMTPCommand) {
        self.code = code
        self.enhanced = enhanced
        self.text = text
        self.command = command
    }
}

extension SMTPCommand {
    /// As it is written on the wire, or in a few words where it is not one of ours.
    package var name: String {
        switch self {
        case .connection: "the connection"
        case .hello: "EHLO"
        case .startTLS: "STARTTLS"
        case .authentication: "AUTH"
        case .mail: "MAIL"
        case .recipient: "RCPT"
        case .data: "DATA"
        case .content: "the final dot"
        case .other: "no mail"
        }
    }
}

/// Without the text.
extension SMTPReply: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        enhanced.map { "\(code) \($0.class).\($0.subject).\($0.detail)" } ?? String(code)
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror {
        Mirror(self, children: ["code": code, "enhanced": enhanced as Any, "command": command])
    }
}

extension SMTPReply {
    /// For the log and for staff: code, command and the relay's own words. Before a mail has begun these cannot quote a
    /// recipient; whatever looks like an address or a secret is left out all the same, and behind `MAIL` so are all of them.
    package var spoken: String {
        switch command {
        case .connection, .hello, .startTLS, .authentication:
            text.isEmpty ? description : "\(description) (\(scrubbed))"
        default: "\(description) at \(command.name)"
        }
    }

    /// Without words that hold an address, or are as long as what a login is encoded in.
    private var scrubbed: String {
        text.split(separator: " ").map { word in
            word.utf8.contains(UInt8(ascii: "@"))
                || (word.utf8.count >= 12 && word.utf8.allSatisfy(\.isBase64))
                    && !word.utf8.allSatisfy(\.isLetter)
                ? "…" : word
        }.joined(separator: " ")
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { 0x41...0x5A ~= self & 0xDF }

    fileprivate var isBase64: Bool {
        isLetter || 0x30...0x39 ~= self || [0x2B, 0x2F, 0x3D].contains(self)
    }
}

/// `class.subject.detail` (RFC 3463), such as 5.1.1.
package struct EnhancedStatus: Hashable, Sendable {
    package let `class`: Int
    package let subject: Int
    package let detail: Int

    package init(class: Int, subject: Int, detail: Int) {
        self.class = `class`
        self.subject = subject
        self.detail = detail
    }
}
