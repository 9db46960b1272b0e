import Foundation

/// What a file turned out to be, before anything of it is sent: how it is written, what its columns hold, who stands in it.
package struct Survey: Sendable {
    package let path: String
    package let shape: TableShape
    package let encoding: EncodingScout.Verdict
    package private(set) var map: ColumnMap
    /// People by where they stand at the tool.
    package private(set) var standings: [Standing: Int] = [:]
    /// A line that shows how letters beyond a to z came out; nil where there are none.
    package private(set) var example: (line: Int, text: String)?
    /// Which way the days are written, where some of them can only be read one way.
    package private(set) var proven: Set<FileDay.Order> = []
    /// The first day that can be read both ways.
    package private(set) var either: (line: Int, text: String)?
    /// Stand in one line as subscribed and in another as somebody who is not.
    package private(set) var contradicting = 0
    /// Addresses, as numbers of eight bytes, of those who are not subscribed: whoever left in one line has left.
    private(set) var absent: Set<UInt64> = []
    /// The same for the same file.
    package private(set) var fingerprint = ""
    /// How everybody in it stands, by the file's name, where no column says it.
    let standing: Standing?
    /// The first line that is not written as the days before it.
    private var disproved: Int?

    package enum Fault: Error, Equatable {
        case file(FileFault)
        case mixedEncoding(line: Int)
        case map(ColumnMap.Fault)
        case empty
        /// The first line whose day is written in another order than those before it.
        case mixedDays(first: Int)
        /// A spreadsheet's own format, or no text at all.
        case noText(isSpreadsheet: Bool)
    }

    package struct Options: Sendable, Equatable {
        package var tool: Tool?
        package var encoding: TextEncoding?
        package var dayColumn: String?
        package init() {}
    }

    package init(path: String, _ options: Options = Options()) throws(Fault) {
        let (verdict, fingerprint, shape) = try Self.scout(path, options)
        self.path = path
        self.fingerprint = fingerprint
        self.shape = shape
        encoding = verdict
        let first = try Self.first(path, shape)
        do throws(ColumnMap.Fault) {
            map = try ColumnMap(first, tool: options.tool, dayColumn: options.dayColumn)
        } catch {
            throw .map(error)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        standing = map.saysStanding ? nil : map.tool.standing(ofFileNamed: name)
        try look()
    }

    /// The list that it is for asks for the company.
    package mutating func useCompany() throws(Fault) {
        do throws(ColumnMap.Fault) { try map.useCompany() } catch { throw .map(error) }
    }

    // MARK: How it is written

    private static func scout(
        _ path: String, _ options: Options
    ) throws(Fault) -> (EncodingScout.Verdict, String, TableShape) {
        var (scout, hash, shape) = (EncodingScout(), UInt64(0xCBF2_9CE4_8422_2325), TableShape())
        var head: [UInt8] = []
        do throws(FileFault) {
            try FilePieces(path).forEach { piece in
                scout.take(piece)
                for byte in piece { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
                if head.count < 65_536 { head += piece }
            }
        } catch {
            throw .file(error)
        }
        let isSpreadsheet = head.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.starts(with: [0xD0, 0xCF, 0x11, 0xE0])
        var verdict = scout.finish()
        if let wish = options.encoding { verdict = .certain(wish) }
        switch verdict {
        case .certain(let encoding), .likely(let encoding, _, _): shape.encoding = encoding
        case .mixed(let line):
            guard !isSpreadsheet else { throw .noText(isSpreadsheet: true) }
            throw .mixedEncoding(line: line)
        }
        if isSpreadsheet || !shape.encoding.isWide && head.contains(0) { throw .noText(isSpreadsheet: isSpreadsheet) }
        var decoder = TextDecoder(shape.encoding)
        shape.readHead(decoder.decode(head) + decoder.finish(), asLines: options.tool == .mailman)
        return (verdict, String(hash, radix: 16), shape)
    }

    private static func first(_ path: String, _ shape: TableShape) throws(Fault) -> [String] {
        do throws(FileFault) {
            let table = try TableReader(path: path, shape)
            while let event = try table.next() {
                if case .record(_, let fields) = event { return fields }
            }
        } catch {
            throw .file(error)
        }
        throw .empty
    }

    // MARK: Who stands in it

    private mutating func look() throws(Fault) {
        var subscribed: Set<UInt64> = []
        do throws(FileFault) {
            let lines = try PersonLines(path, shape, map)
            while let event = try lines.next() {
                guard case .person(let person) = event else { continue }
                note(person, &subscribed)
            }
        } catch {
            throw .file(error)
        }
        contradicting = subscribed.intersection(absent).count
        if let line = disproved { throw .mixedDays(first: line) }
    }

    private mutating func note(_ person: PersonLine, _ subscribed: inout Set<UInt64>) {
        let standing = standing ?? person.standing
        standings[standing, default: 0] += 1
        if let key = person.key {
            if standing == .subscribed { subscribed.insert(key) } else { absent.insert(key) }
        }
        if example == nil, let text = person.values.values.first(where: { !$0.utf8.allSatisfy { $0 < 0x80 } }) {
            example = (person.line, text.count > 40 ? text.prefix(40) + "…" : text)
        }
        for column in Column.days {
            guard let text = person.values[column] else { continue }
            switch FileDay.read(text) {
            case .day(let day):
                guard let order = day.proves else { continue }
                proven.insert(order)
                if proven.count == 2, disproved == nil { disproved = person.line }
            case .either: if either == nil { either = (person.line, text) }
            case nil: break
            }
        }
    }

    /// As far as the file itself says.
    package var order: FileDay.Order? { proven.first }
    /// Somebody has to say which way its days are written.
    package var asksForOrder: Bool { either != nil && proven.isEmpty }
    package var subscribed: Int { standings[.subscribed] ?? 0 }
}
