/// A relay's answer to one command (RFC 5321 §4.2), with its enhanced status code if it has one (RFC 3463).
package struct SMTPReply: Hashable, Sendable {
    /// Three digits, 200 to 599.
    package let code: Int
    package let enhanced: EnhancedStatus?
    /// The text after the codes, lines joined by a space, printable ASCII only, at most 500 characters.
    /// It may quote the recipient's address: show it to nobody and log it never; keep `code` and `enhanced`.
    package let text: String

    package init(code: Int, enhanced: EnhancedStatus?, text: String) {
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }
}

/// Without the text.
extension SMTPReply: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        enhanced.map { "\(code) \($0.class).\($0.subject).\($0.detail)" } ?? String(code)
    }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["code": code, "enhanced": enhanced as Any]) }
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
