/// One connection of the scripted relay, on a thread of its own.
final class SMTPScriptConversation: Sendable {
    private let script: @Sendable (SMTPScript.Step, SMTPScript.Turn) -> SMTPScript.Answer?
    private let abilities: [String]
    private let number: Int
    private let socket: Socket
    private let log: SMTPScriptLog

    init(_ script: SMTPScript, _ socket: Socket, _ number: Int) {
        self.script = script.script
        abilities = script.abilities
        log = script.log
        self.socket = socket
        self.number = number
    }

    private struct HungUp: Error {}

    private struct State {
        var input: [UInt8] = []
        var position = 0
        var output: [UInt8] = []
        var sender: String?
        var recipients: [String] = []
        var isMute = false
    }

    func run() {
        var state = State()
        do {
            try answer(.greeting, "", "220 script ESMTP", &state)
            while let line = try readLine(&state) {
                log.note(number, line)
                try take(line, &state)
            }
        } catch {}
        socket.close()
    }

    private func take(_ line: String, _ state: inout State) throws {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words.first?.uppercased() ?? "" {
        case "EHLO", "HELO":
            let lines = ["script"] + abilities
            let text = lines.enumerated().map { "250\($0.offset == lines.count - 1 ? " " : "-")\($0.element)" }
            try answer(.ehlo, line, text.joined(separator: "\r\n"), &state)
        case "MAIL": try takeMail(line, &state)
        case "RCPT":
            let reply = state.sender == nil ? "503 5.5.1 need MAIL" : "250 2.1.5 Ok"
            if try answer(.rcpt, line, reply, &state), state.sender != nil { state.recipients.append(line) }
        case "DATA":
            let reply = state.sender == nil ? "503 5.5.1 need RCPT" : "554 5.5.1 no valid recipients"
            if try answer(.data, line, state.recipients.isEmpty ? reply : "354 go ahead", &state) {
                try takeContent(&state)
            }
        case "RSET":
            (state.sender, state.recipients) = (nil, [])
            try answer(.rset, line, "250 2.0.0 Ok", &state)
        case "NOOP": try answer(.noop, line, "250 2.0.0 Ok", &state)
        case "AUTH": try answer(.auth, line, "235 2.7.0 welcome", &state)
        case "QUIT":
            try answer(.quit, line, "221 2.0.0 Bye", &state)
            try flush(&state)
            throw HungUp()
        default: try answer(.other, line, "502 5.5.2 what?", &state)
        }
    }

    private func takeMail(_ line: String, _ state: inout State) throws {
        guard state.sender == nil else {
            try answer(.mail, line, "503 5.5.1 nested MAIL", &state)
            return
        }
        if try answer(.mail, line, "250 2.1.0 Ok", &state) { (state.sender, state.recipients) = (line, []) }
    }

    private func takeContent(_ state: inout State) throws {
        var content: [UInt8] = []
        while let line = try readLineBytes(&state) {
            if line.elementsEqual(".\r\n".utf8) { break }
            content += line.first == UInt8(ascii: ".") ? line.dropFirst() : line
        }
        let mail = SMTPScript.Received(
            connection: number, sender: state.sender ?? "", recipients: state.recipients, content: content)
        (state.sender, state.recipients) = (nil, [])
        if try answer(.content, ".", "250 2.0.0 Ok: queued", content: content, &state) { log.note(mail) }
    }

    /// Returns whether the answer was a yes.
    @discardableResult
    private func answer(
        _ step: SMTPScript.Step, _ line: String, _ usual: String, content: [UInt8] = [], _ state: inout State
    ) throws -> Bool {
        let turn = SMTPScript.Turn(connection: number, count: log.turn(step), line: line, content: content)
        return try give(script(step, turn) ?? .reply(usual), &state)
    }

    private func give(_ answer: SMTPScript.Answer, _ state: inout State) throws -> Bool {
        switch answer {
        case .reply(let text):
            state.output += Array((text + "\r\n").utf8)
            return ["2", "3"].contains(text.prefix(1))
        case .raw(let bytes): state.output += bytes
        case .silence:
            try flush(&state)
            state.isMute = true
        case .hangUp:
            try flush(&state)
            throw HungUp()
        case .reset:
            try flush(&state)
            socket.abort()
            throw HungUp()
        case .after(let pause, let answer):
            try flush(&state)
            pauseThread(pause)
            return try give(answer, &state)
        case .both(let first, let second):
            let isYes = try give(first, &state)
            _ = try give(second, &state)
            return isYes
        }
        return false
    }

    // MARK: Bytes

    private func readLine(_ state: inout State) throws -> String? {
        try readLineBytes(&state).map { line in
            String(decoding: line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
    }

    private func readLineBytes(_ state: inout State) throws -> ArraySlice<UInt8>? {
        var searched = state.position
        while true {
            if let end = state.input[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { state.position = end + 1 }
                return state.input[state.position...end]
            }
            try flush(&state)
            state.input.removeFirst(state.position)
            state.position = 0
            searched = state.input.count
            guard let bytes = socket.read() else { return nil }
            state.input += bytes
        }
    }

    /// Answers go out together, once nothing more is there to be read.
    private func flush(_ state: inout State) throws {
        guard !state.output.isEmpty else { return }
        defer { state.output.removeAll() }
        guard !state.isMute else { return }
        guard socket.write(state.output) else { throw HungUp() }
    }
}
