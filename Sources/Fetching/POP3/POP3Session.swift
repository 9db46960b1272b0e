import Mail
import Outbound

/// A POP3 mailbox (RFC 1939). What is somebody else's stays, and TOP, where the server has it, leaves no mark of reading.
final class POP3Session: MailboxSession {
    typealias Instant = ContinuousClock.Instant

    private let connection: MailboxConnection
    private let configuration: MailboxConfiguration
    private var reader = POP3Reader()
    private var hasTop = true
    private(set) var count = 0
    let isForOneLook = true

    /// Read before the good-bye that makes deletions good.
    private static let window = 200
    /// More mails than that nobody can keep apart in bounded memory.
    private static let most = 200_000

    init(_ connection: MailboxConnection) throws(FetchFailure) {
        self.connection = connection
        configuration = connection.configuration
        let words = try order("STAT").split(separator: " ")
        count = words.count > 1 ? Int(words[1]) ?? 0 : 0
    }

    var traits: [String] { ["looked into each \(configuration.interval.inWords)"] }

    func readNew(
        _ memory: inout MailboxMemory, _ take: (FetchedMail) -> MailFate
    ) throws(FetchFailure) -> Bool {
        guard count > 0 else { return false }
        let listed = try list()
        memory.known.formIntersection(listed.map(\.hash))
        let new = listed.filter { !memory.known.contains($0.hash) }
        for mail in new.prefix(Self.window) {
            guard let content = try read(mail.number) else {
                // Nobody can read it: it stands in nobody's way.
                memory.known.insert(mail.hash)
                continue
            }
            switch take(FetchedMail(content: content)) {
            case .delete: try order("DELE \(mail.number)")
            case .leave: memory.known.insert(mail.hash)
            case .later:
                try leave()
                throw .notHandled
            }
        }
        return new.count > Self.window
    }

    private func list() throws(FetchFailure) -> [(number: Int, hash: Int)] {
        try order("UIDL")
        let limit = Instant.now + configuration.timeouts.command
        var listed: [(Int, Int)] = []
        while true {
            let line = try line(of: "UIDL", by: limit)
            if line == [UInt8(ascii: ".")] { return listed }
            let words = line.split(separator: 0x20, maxSplits: 1)
            guard words.count == 2, let number = Int(String(decoding: words[0], as: UTF8.self)),
                listed.count < Self.most
            else { throw .garbled("what it says to UIDL is not POP3, or longer than it may be") }
            listed.append((number, Array(words[1]).hashValue))
        }
    }

    /// Nil where it is refused.
    private func read(_ number: Int) throws(FetchFailure) -> [UInt8]? {
        if hasTop, try say("TOP \(number) 100000").isOK { return try content(of: "TOP") }
        hasTop = false
        return try say("RETR \(number)").isOK ? try content(of: "RETR") : nil
    }

    private func content(of verb: String) throws(FetchFailure) -> [UInt8] {
        var mail = POP3Mail(longest: configuration.longest)
        let limit = Instant.now + configuration.timeouts.command
        while !reader.read(into: &mail) { reader.append(try connection.receive(answerTo: verb, by: limit)) }
        return mail.content
    }

    func waitForMail(while isWanted: () -> Bool) throws(FetchFailure) -> Bool { false }

    func leave() throws(FetchFailure) { try order("QUIT") }

    // MARK: The conversation

    private struct Answer {
        let isOK: Bool
        let text: String
    }

    /// What must be obeyed.
    @discardableResult private func order(_ command: String) throws(FetchFailure) -> String {
        let answer = try say(command)
        guard answer.isOK else {
            throw .refused(command: String(command.prefix { $0 != " " }), words: answer.text)
        }
        return answer.text
    }

    private func say(_ command: String) throws(FetchFailure) -> Answer {
        try connection.send("\(command)\r\n")
        let line = try line(of: command, by: .now + configuration.timeouts.command)
        let isOK = line.starts(with: "+OK".utf8)
        guard isOK || line.starts(with: "-ERR".utf8) else { throw .garbled("what it says is not POP3") }
        return Answer(isOK: isOK, text: String(said: line))
    }

    private func line(of command: String, by limit: Instant) throws(FetchFailure) -> [UInt8] {
        while true {
            if let line = reader.nextLine() { return line }
            reader.append(try connection.receive(answerTo: String(command.prefix { $0 != " " }), by: limit))
        }
    }
}
