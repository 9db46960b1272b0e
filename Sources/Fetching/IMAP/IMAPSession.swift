import Mail
import Outbound

/// A folder of an IMAP mailbox (RFC 3501), read without leaving a trace on any mail but those that are deleted: BODY.PEEK, by UID.
final class IMAPSession: MailboxSession {
    typealias Instant = ContinuousClock.Instant

    private let connection: MailboxConnection
    private let configuration: MailboxConfiguration
    private var reader: IMAPReader
    /// So that nothing which stands in a mail, or was said to another, is taken for the end of an answer.
    private let prefix = "c" + String(UInt32.random(in: 0x10_0000 ... .max), radix: 36)
    private var commands = 0
    private var abilities: Set<String> = []
    private var validity: UInt32?
    private(set) var count = 0
    let isForOneLook = false

    /// Looked at together, and fetched together.
    private static let window = 200
    private static let group = 25

    init(_ connection: MailboxConnection, mayChange: Bool = true) throws(FetchFailure) {
        self.connection = connection
        configuration = connection.configuration
        reader = IMAPReader(longestLiteral: configuration.longest + 1024)
        try order("CAPABILITY") { self.note($0) }
        try select(mayChange ? "SELECT" : "EXAMINE")
    }

    private func note(_ response: IMAPResponse) {
        guard case .data("CAPABILITY", let values) = response.content else { return }
        abilities = Set(values.compactMap(\.word))
    }

    private func select(_ verb: String) throws(FetchFailure) {
        let status = try say("\(verb) \(IMAPFolder(configuration.folder).quoted)") { response in
            if case .status(let status) = response.content, status.code == "UIDVALIDITY" {
                self.validity = UInt32(status.argument)
            }
        }
        guard status.word == "OK" else { throw .folder(words: status.text) }
        guard verb == "EXAMINE" || status.code != "READ-ONLY" else { throw .folder(words: "it may only be read") }
    }

    var traits: [String] {
        [
            abilities.contains("IDLE") ? "tells at once (IDLE)" : "looked into each \(configuration.interval.inWords)",
            canExpunge ? nil : "without UIDPLUS",
            abilities.contains("X-GM-EXT-1")
                ? "Gmail: set \"Auto-Expunge on\" and \"Immediately delete\" in its IMAP settings, or what is deleted stays in All Mail"
                : nil,
        ].compactMap(\.self)
    }

    private var canExpunge: Bool { abilities.contains("UIDPLUS") || abilities.contains("IMAP4REV2") }

    // MARK: Reading

    func readNew(
        _ memory: inout MailboxMemory, _ take: (FetchedMail) -> MailFate
    ) throws(FetchFailure) -> Bool {
        memory.begin(validity)
        let listed = try list(above: memory.highest)
        guard let last = listed.last else { return false }
        // A mark may be ours, of a time when we were cut off: where we can remove it alone, it is looked at again.
        let living = listed.filter { canExpunge || !$0.isDeleted }.map(\.uid)
        for start in stride(from: 0, to: living.count, by: Self.group) {
            let uids = Array(living[start..<min(start + Self.group, living.count)])
            try read(uids, &memory, take)
            memory.highest = uids.last ?? memory.highest
        }
        memory.highest = last.uid
        return true
    }

    private struct Listed {
        let uid: UInt32
        let isDeleted: Bool
    }

    /// The first of those that are newer, in ascending order. By the mails' numbers: UIDs may have any gaps.
    private func list(above highest: UInt32) throws(FetchFailure) -> [Listed] {
        guard count > 0, let newest = try uid(of: count), newest > highest else { return [] }
        var (first, last) = (1, count)
        while highest > 0, first < last {
            let middle = (first + last) / 2
            guard let uid = try uid(of: middle) else { return [] }
            if uid > highest { last = middle } else { first = middle + 1 }
        }
        var listed: [Listed] = []
        try order("FETCH \(first):\(min(first + Self.window - 1, count)) (UID FLAGS)") { response in
            guard let items = Fetched(response), let uid = items.uid, uid > highest, listed.count < Self.window else {
                return
            }
            listed.append(Listed(uid: uid, isDeleted: items.isDeleted))
        }
        return listed.sorted { $0.uid < $1.uid }
    }

    private func uid(of number: Int) throws(FetchFailure) -> UInt32? {
        var uid: UInt32?
        try order("FETCH \(number) (UID)") { response in
            if let items = Fetched(response), items.number == number { uid = items.uid ?? uid }
        }
        return uid
    }

    /// Each is shown as soon as it is here, so that one alone is in memory.
    private func read(
        _ uids: [UInt32], _ memory: inout MailboxMemory, _ take: (FetchedMail) -> MailFate
    ) throws(FetchFailure) {
        var wanted = Set(uids)
        var done: [UInt32] = []
        var isTaken = true
        try order("UID FETCH \(Self.set(uids)) (UID BODY.PEEK[]<0.\(configuration.longest)>)") { response in
            guard let items = Fetched(response), let uid = items.uid, let body = items.body, isTaken,
                wanted.remove(uid) != nil
            else { return }
            switch take(FetchedMail(content: body)) {
            case .delete: done.append(uid)
            case .leave: break
            case .later: isTaken = false
            }
        }
        try delete(done, &memory)
        guard isTaken else { throw .notHandled }
    }

    // MARK: Deleting

    /// Without UIDPLUS, EXPUNGE takes all that anybody has marked: it is only said where these are ours alone. Elsewhere the mark
    /// has to do, and is not read again.
    private func delete(_ uids: [UInt32], _ memory: inout MailboxMemory) throws(FetchFailure) {
        guard !uids.isEmpty else { return }
        let set = Self.set(uids)
        try order("UID STORE \(set) +FLAGS.SILENT (\\Deleted)")
        if canExpunge { return try order("UID EXPUNGE \(set)") }
        memory.marked.formUnion(uids)
        if try marked().isSubset(of: memory.marked) { try order("EXPUNGE") }
    }

    private func marked() throws(FetchFailure) -> Set<UInt32> {
        var marked: Set<UInt32> = []
        try order("UID SEARCH DELETED") { response in
            if case .data("SEARCH", let values) = response.content { marked.formUnion(values.compactMap(\.number)) }
        }
        return marked
    }

    /// `3,5:7`
    static func set(_ uids: [UInt32]) -> String {
        var ranges: [ClosedRange<UInt32>] = []
        for uid in uids.sorted() {
            if let last = ranges.last, uid <= last.upperBound &+ 1, uid > last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound...uid
            } else {
                ranges.append(uid...uid)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }
            .joined(separator: ",")
    }

    // MARK: Waiting

    func waitForMail(while isWanted: () -> Bool) throws(FetchFailure) -> Bool {
        guard abilities.contains("IDLE") else { return false }
        let tag = try begin("IDLE")
        let limit = Instant.now + configuration.timeouts.command
        while try answer(to: "IDLE", by: limit).tag != "+" {}
        let end = Instant.now + configuration.timeouts.idle
        var known = count
        while count <= known, Instant.now < end, isWanted() {
            // Others may remove some meanwhile.
            known = min(known, count)
            _ = try next(by: min(end, .now + configuration.interval))
        }
        try connection.send("DONE\r\n")
        _ = try finish(tag, "IDLE") { _ in }
        return isWanted()
    }

    func leave() throws(FetchFailure) {
        try connection.send("\(prefix)\(commands + 1) LOGOUT\r\n")
    }
}

// MARK: The conversation

extension IMAPSession {
    /// What must be obeyed.
    private func order(_ command: String, _ hear: (IMAPResponse) -> Void = { _ in }) throws(FetchFailure) {
        let status = try say(command, hear)
        guard status.word == "OK" else {
            throw .refused(command: Self.verb(of: command), words: "\(status.word) \(status.text)")
        }
    }

    private func say(
        _ command: String, _ hear: (IMAPResponse) -> Void
    ) throws(FetchFailure) -> IMAPResponse.Status {
        try finish(begin(command), Self.verb(of: command), hear)
    }

    /// Returns its tag.
    private func begin(_ command: String) throws(FetchFailure) -> String {
        commands += 1
        try connection.send("\(prefix)\(commands) \(command)\r\n")
        return "\(prefix)\(commands)"
    }

    private func finish(
        _ tag: String, _ verb: String, _ hear: (IMAPResponse) -> Void
    ) throws(FetchFailure) -> IMAPResponse.Status {
        let limit = Instant.now + configuration.timeouts.command
        while true {
            let response = try answer(to: verb, by: limit)
            if response.tag == tag, case .status(let status) = response.content { return status }
            if response.tag == "*" { hear(response) }
        }
    }

    private static func verb(of command: String) -> String {
        String(command.prefix { $0 != "\"" && !$0.isNumber && $0 != "(" && $0 != "+" }).trimmingBlanks
    }

    private func answer(to verb: String, by limit: Instant) throws(FetchFailure) -> IMAPResponse {
        while true {
            if let response = try parsed() { return response }
            reader.append(try connection.receive(answerTo: verb, by: limit))
        }
    }

    /// Nil where nothing is said by then.
    private func next(by deadline: Instant) throws(FetchFailure) -> IMAPResponse? {
        while true {
            if let response = try parsed() { return response }
            let bytes = try connection.receive(by: deadline)
            guard !bytes.isEmpty else { return nil }
            reader.append(bytes)
        }
    }

    private func parsed() throws(FetchFailure) -> IMAPResponse? {
        do throws(IMAPResponseParser.Garbled) {
            guard let response = try reader.next() else { return nil }
            try heed(response)
            return response
        } catch {
            throw .garbled("what it says is not IMAP, or longer than it may be")
        }
    }

    /// What a server may say at any time (RFC 3501 §7.3, §7.4.1).
    private func heed(_ response: IMAPResponse) throws(IMAPResponseParser.Garbled) {
        guard response.tag == "*" else { return }
        switch response.content {
        case .message(let number, "EXISTS", _): count = Int(number)
        case .message(_, "EXPUNGE", _): count = max(0, count - 1)
        default: break
        }
    }
}

/// `* 12 FETCH (UID 40 FLAGS (\Seen) BODY[]<0> {…})`
private struct Fetched {
    let number: Int
    private(set) var uid: UInt32?
    private(set) var isDeleted = false
    private(set) var body: [UInt8]?

    init?(_ response: IMAPResponse) {
        guard case .message(let number, "FETCH", let values) = response.content else { return nil }
        self.number = Int(number)
        let items = values.first?.items ?? []
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let value = items[index + 1]
            switch items[index].word {
            case "UID": uid = value.number
            case "FLAGS": isDeleted = value.items.contains { $0.word == "\\DELETED" }
            case let name? where name.hasPrefix("BODY["):
                if case .string(let bytes) = value { body = bytes }
            default: break
            }
        }
    }
}
