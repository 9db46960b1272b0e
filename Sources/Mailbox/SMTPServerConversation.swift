/// The server's side of SMTP (RFC 5321) and of LMTP (RFC 2033) as a value: a client's bytes in, replies and mails out.
///
/// A mail stops it until somebody has settled it: what the client sends meanwhile waits. Of a mail no more is kept than
/// `Limits.kept`, whatever its lines are like.
struct SMTPServerConversation {
    enum Event {
        case reply(String)
        /// Nothing goes on before it is settled.
        case mail(ReceivedMail)
    }

    private let limits: SMTPServer.Limits
    private var line: [UInt8] = []
    private var sender: String??
    private var recipients: [String] = []
    /// While a mail's content is coming.
    private var content: [UInt8]?
    /// Of the content, kept or not.
    private var size = 0
    /// What came of a line that was too long to be waited for; only a line's beginning can be a dot.
    private var isMidLine = false
    /// Each recipient gets an answer of its own (RFC 2033 §4.2).
    private var isLMTP = false
    private var isWaiting = false
    private var backlog: [UInt8] = []
    private(set) var isOver = false

    private static let longestCommand = 4096
    private static let longestPiece = 64 * 1024

    init(limits: SMTPServer.Limits) { self.limits = limits }

    mutating func take(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes where !isOver {
            if isWaiting {
                backlog.append(byte)
                continue
            }
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                if content == nil { takeCommand(&events) } else { takeContentLine(&events) }
                line.removeAll(keepingCapacity: true)
            } else if content == nil, line.count > Self.longestCommand {
                events.append(.reply("500 5.5.2 Line too long"))
                isOver = true
            } else if content != nil, line.count >= Self.longestPiece {
                keep(isMidLine ? line[...] : unstuffed)
                isMidLine = true
                line.removeAll(keepingCapacity: true)
            }
        }
        return events
    }

    /// What has become of the mail, and what the client has sent since.
    mutating func settle(isTaken: Bool) -> [Event] {
        let reply = isTaken ? "250 2.0.0 Ok: kept" : "451 4.3.0 Not now, try again later"
        var events = replies(reply)
        let waiting = backlog
        (isWaiting, backlog) = (false, [])
        reset()
        events += take(waiting)
        return events
    }

    private mutating func takeCommand(_ events: inout [Event]) {
        let text = String(decoding: line.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let verb = String(text.prefix { $0 != " " }).uppercased()
        switch verb {
        case "EHLO", "LHLO":
            reset()
            isLMTP = verb == "LHLO"
            let size = "250-SIZE \(limits.largestMail)"
            let lines = [
                "250-localhost", "250-PIPELINING", size, "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250 SMTPUTF8",
            ]
            events.append(.reply(lines.joined(separator: "\r\n")))
        case "HELO":
            reset()
            events.append(.reply("250 localhost"))
        case "MAIL": events.append(.reply(takeSender(text)))
        case "RCPT": events.append(.reply(takeRecipient(text)))
        case "DATA":
            guard !recipients.isEmpty else { return events.append(.reply("503 5.5.1 RCPT first")) }
            content = []
            events.append(.reply("354 End with a dot"))
        case "RSET":
            reset()
            events.append(.reply("250 2.0.0 Ok"))
        case "NOOP": events.append(.reply("250 2.0.0 Ok"))
        case "QUIT":
            events.append(.reply("221 2.0.0 Bye"))
            isOver = true
        default: events.append(.reply("502 5.5.1 Unknown command"))
        }
    }

    private mutating func takeSender(_ text: String) -> String {
        guard sender == nil else { return "503 5.5.1 RSET first" }
        guard let address = Self.path(text) else { return "501 5.5.4 MAIL FROM:<address>" }
        sender = .some(address.isEmpty ? nil : address)
        return "250 2.1.0 Ok"
    }

    private mutating func takeRecipient(_ text: String) -> String {
        guard sender != nil else { return "503 5.5.1 MAIL first" }
        guard let address = Self.path(text), !address.isEmpty else { return "501 5.5.4 RCPT TO:<address>" }
        guard recipients.count < limits.recipients else { return "452 4.5.3 Too many recipients" }
        recipients.append(address)
        return "250 2.1.5 Ok"
    }

    private mutating func takeContentLine(_ events: inout [Event]) {
        let isEnd = !isMidLine && (line.elementsEqual(".\r\n".utf8) || line.elementsEqual(".\n".utf8))
        guard isEnd else {
            keep(isMidLine ? line[...] : unstuffed)
            isMidLine = false
            return
        }
        guard size <= limits.largestMail else {
            events += replies("552 5.3.4 Too large")
            return reset()
        }
        isWaiting = true
        events.append(.mail(ReceivedMail(sender: sender ?? nil, recipients: recipients, content: content ?? [])))
    }

    private var unstuffed: ArraySlice<UInt8> { line.first == UInt8(ascii: ".") ? line.dropFirst() : line[...] }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        size += bytes.count
        let room = min(limits.kept, limits.largestMail) - (content?.count ?? 0)
        content?.append(contentsOf: bytes.prefix(max(0, room)))
    }

    private func replies(_ text: String) -> [Event] {
        Array(repeating: .reply(text), count: isLMTP ? recipients.count : 1)
    }

    private mutating func reset() {
        (sender, recipients, content, size, isMidLine) = (nil, [], nil, 0, false)
    }

    /// What stands between `<` and `>`.
    private static func path(_ text: String) -> String? {
        guard let start = text.utf8.firstIndex(of: UInt8(ascii: "<")),
            let end = text.utf8[start...].firstIndex(of: UInt8(ascii: ">"))
        else { return nil }
        return String(text[text.utf8.index(after: start)..<end])
    }
}
