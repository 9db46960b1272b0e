/// The server's side of SMTP as a value: a client's bytes in, replies and mails out.
struct SMTPServerConversation {
    enum Event {
        case reply(String)
        case mail(ReceivedMail)
    }

    private let limits: SMTPServer.Limits
    private var line: [UInt8] = []
    private var sender: String??
    private var recipients: [String] = []
    /// While a mail's content is coming.
    private var content: [UInt8]?
    private var isTooLarge = false
    private(set) var isOver = false

    private static let longestCommand = 4096

    init(limits: SMTPServer.Limits) { self.limits = limits }

    mutating func take(_ bytes: some Sequence<UInt8>, _ emit: (Event) -> Void) {
        for byte in bytes where !isOver {
            line.append(byte)
            if byte == UInt8(ascii: "\n") {
                if content == nil { takeCommand(emit) } else { takeContentLine(emit) }
                line.removeAll(keepingCapacity: true)
            } else if content == nil, line.count > Self.longestCommand {
                emit(.reply("500 5.5.2 Line too long"))
                isOver = true
            } else if line.count > limits.largestMail {
                isOver = true
            }
        }
    }

    private mutating func takeCommand(_ emit: (Event) -> Void) {
        let text = String(decoding: line.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let verb = String(text.prefix { $0 != " " }).uppercased()
        switch verb {
        case "EHLO":
            reset()
            let size = "250-SIZE \(limits.largestMail)"
            emit(
                .reply(
                    ["250-localhost", "250-PIPELINING", size, "250-8BITMIME", "250 SMTPUTF8"].joined(separator: "\r\n"))
            )
        case "HELO":
            reset()
            emit(.reply("250 localhost"))
        case "MAIL": emit(.reply(takeSender(text)))
        case "RCPT": emit(.reply(takeRecipient(text)))
        case "DATA":
            guard !recipients.isEmpty else { return emit(.reply("503 5.5.1 RCPT first")) }
            content = []
            emit(.reply("354 End with a dot"))
        case "RSET":
            reset()
            emit(.reply("250 2.0.0 Ok"))
        case "NOOP": emit(.reply("250 2.0.0 Ok"))
        case "QUIT":
            emit(.reply("221 2.0.0 Bye"))
            isOver = true
        default: emit(.reply("502 5.5.1 Unknown command"))
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

    private mutating func takeContentLine(_ emit: (Event) -> Void) {
        guard var content else { return }
        self.content = nil
        let isEnd = line.elementsEqual(".\r\n".utf8) || line.elementsEqual(".\n".utf8)
        guard isEnd else {
            let bytes = line.first == UInt8(ascii: ".") ? line.dropFirst() : line[...]
            isTooLarge = isTooLarge || content.count + bytes.count > limits.largestMail
            if !isTooLarge { content.append(contentsOf: bytes) }
            self.content = content
            return
        }
        if isTooLarge {
            emit(.reply("552 5.3.4 Too large"))
        } else {
            emit(.mail(ReceivedMail(sender: sender ?? nil, recipients: recipients, content: content)))
            emit(.reply("250 2.0.0 Ok: kept"))
        }
        reset()
    }

    private mutating func reset() {
        (sender, recipients, content, isTooLarge) = (nil, [], nil, false)
    }

    /// What stands between `<` and `>`.
    private static func path(_ text: String) -> String? {
        guard let start = text.utf8.firstIndex(of: UInt8(ascii: "<")),
            let end = text.utf8[start...].firstIndex(of: UInt8(ascii: ">"))
        else { return nil }
        return String(text[text.utf8.index(after: start)..<end])
    }
}
