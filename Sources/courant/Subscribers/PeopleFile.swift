import ArgumentParser
import CourantAPI
import Foundation
import PeopleFiles

/// How a file of people is to be read, where it does not say so itself.
struct FileOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The tool that the file comes from; else it is known by its columns.")
    var from: Tool?

    @Option(name: .long, help: ArgumentHelp("utf-8, utf-16 or windows-1252; else found out.", valueName: "name"))
    var encoding: TextEncoding?

    @Option(name: .long, help: "What 03/04/2023 is: day-first or month-first; else found out, or asked.")
    var dates: FileDay.Order?

    @Flag(name: .long, help: "Leave bad lines out, and write their numbers and what is wrong to FILE.bad.csv.")
    var skipBad = false
}

extension Tool: ExpressibleByArgument {}
extension FileDay.Order: ExpressibleByArgument {}
extension TextEncoding: ExpressibleByArgument {
    public init?(argument: String) { self.init(named: argument) }
    public static var allValueStrings: [String] { ["utf-8", "utf-16", "windows-1252"] }
}

/// A file on this computer, looked through before anything of it is sent: what it is like is said, and what cannot be known is asked.
struct PeopleFile {
    private(set) var survey: Survey
    let purpose: PeopleParts.Purpose
    private(set) var order: FileDay.Order?

    init(
        _ path: String, _ options: FileOptions, for purpose: PeopleParts.Purpose, dayColumn: String? = nil
    ) throws(Failure) {
        var wishes = Survey.Options()
        (wishes.tool, wishes.encoding, wishes.dayColumn) = (options.from, options.encoding, dayColumn)
        do throws(Survey.Fault) {
            survey = try Survey(path: path, wishes)
        } catch {
            throw Failure(error, path)
        }
        self.purpose = purpose
        order = options.dates
    }

    /// There is a company to ask the list about.
    var mayHaveCompany: Bool { survey.map.unusedCompany != nil }

    mutating func useCompany() throws(Failure) {
        do throws(Survey.Fault) { try survey.useCompany() } catch { throw Failure(error, survey.path) }
    }

    /// Of the file, and of how it is read.
    var fingerprint: String {
        let columns = survey.map.columns.map { $0?.rawValue ?? "" }.joined(separator: ",")
        return [survey.fingerprint, order?.rawValue ?? "", survey.shape.encoding.rawValue, columns].joined(
            separator: ".")
    }

    /// What the first addresses look like, for whoever may have taken the wrong file.
    var firstShapes: [String] {
        get throws(Failure) {
            var source = try parts
            do throws(FileFault) {
                while let event = try source.next() {
                    guard case .part(let part) = event else { continue }
                    return part.text.split(separator: "\n").dropFirst().prefix(3).map { String($0).maskedAddress }
                }
            } catch {
                throw .file("\(survey.path) cannot be read")
            }
            return []
        }
    }

    var parts: PeopleParts {
        get throws(Failure) {
            do throws(FileFault) {
                return try PeopleParts(survey, purpose, order: order)
            } catch {
                throw .file("\(survey.path) cannot be read")
            }
        }
    }

    /// Days are sent, so that it matters how they are written.
    private var sendsDays: Bool {
        switch purpose {
        case .moving: true
        case .telling: survey.map.has(.lastContact)
        case .asking, .blocking: false
        }
    }

    // MARK: What is said and asked

    func describe(_ console: Console) {
        console.note(survey.description.printable)
        for line in left { console.note(line.printable) }
    }

    /// Nothing is guessed: somebody looks at what no program can know. `isHarmless`: nothing is kept of it anyway.
    mutating func settle(_ console: Console, isHarmless: Bool) throws(Failure) {
        try settleEncoding(console, isHarmless: isHarmless)
        guard order == nil, sendsDays, survey.asksForOrder, let example = survey.either else { return }
        guard console.hasPerson else {
            throw .usage(
                "Line \(example.line) has a day, \(example.text.printable), that can be read in two ways",
                next: "Add --dates day-first or --dates month-first")
        }
        let answer = Prompt(console: console).line(
            "Line \(example.line) has \(example.text.printable). Which comes first, the day or the month? [d/m] ")
        switch answer?.lowercased().first {
        case "d": order = .dayFirst
        case "m": order = .monthFirst
        default: throw .declined("Nothing was done")
        }
    }

    private func settleEncoding(_ console: Console, isHarmless: Bool) throws(Failure) {
        guard case .likely(let encoding, let line, let text) = survey.encoding else { return }
        console.note("It is not UTF-8. Read as \(encoding.rawValue), line \(line) begins: \(text.printable)")
        guard !isHarmless else { return }
        guard console.hasPerson else {
            throw .usage(
                "Nobody is there to say whether that reads right",
                next: "If it does, add --encoding \(encoding.rawValue)")
        }
        guard Prompt(console: console).agrees("Does that read right?") else {
            throw .declined("Nothing was done", next: "Save the file as UTF-8, or name its encoding with --encoding")
        }
    }

    private var left: [String] {
        var lines: [String] = []
        if purpose != .blocking, let column = survey.map.unusedCompany {
            lines.append(
                "The column “\(column)” stays here too: the list does not ask for the company (courant list edit SLUG --company)."
            )
        }
        let others = survey.standings.filter { $0.key != .subscribed }
        guard purpose != .blocking, !others.isEmpty else { return lines }
        let words = others.map { "\($0.value.grouped) \($0.key.words)" }.sorted().joined(separator: ", ")
        lines.append("Not imported: \(words).")
        if survey.contradicting > 0 {
            lines.append(
                "\(survey.contradicting.counted("address stands", "addresses stand")) in it twice, once as subscribed and once not: not imported."
            )
        }
        if (others[.left] ?? 0) + (others[.dead] ?? 0) > 0 {
            lines.append(
                "So that nobody writes to them ever again: courant subscriber block \(survey.path) --source \"…\"")
        }
        return lines
    }
}

extension Standing {
    fileprivate var words: String {
        switch self {
        case .subscribed: "subscribed"
        case .pending: "not confirmed"
        case .left: "unsubscribed or on a block list"
        case .dead: "whose mailbox refuses mail"
        case .unknown(let word): "“\(word)”"
        }
    }
}

extension Survey {
    /// `Mailchimp’s file, utf-8, separated by commas: of 23 columns email address, first name … are used; 18 stay here.`
    fileprivate var description: String {
        var words = map.tool == .csv ? "A table" : "A file of \(map.tool.rawValue)"
        words += ", \(shape.encoding.rawValue)"
        if !shape.isLines { words += ", separated by \(separatorName)" }
        words += ": \(standings.values.reduce(0, +).counted("line", "lines"))."
        if !map.used.isEmpty {
            words += " Used: \(map.used.joined(separator: ", "))."
            if map.unusedCount > 0 {
                words +=
                    " \(map.unusedCount.counted("other column")) \(map.unusedCount == 1 ? "stays" : "stay") on this computer."
            }
        }
        if let example { words += " Line \(example.line) has: \(example.text)" }
        return words
    }

    private var separatorName: String {
        switch shape.separator {
        case UInt8(ascii: ","): "commas"
        case UInt8(ascii: ";"): "semicolons"
        case UInt8(ascii: "\t"): "tabs"
        default: "“\(Character(Unicode.Scalar(shape.separator)))”"
        }
    }
}

extension Failure {
    fileprivate init(_ fault: Survey.Fault, _ path: String) {
        switch fault {
        case .file: self = .file("\(path) cannot be read")
        case .empty:
            self = .file("\(path) is empty", next: "Its first line names the columns, such as email,name,language")
        case .mixedEncoding(let line):
            self = .file(
                "Line \(line) of \(path) is not UTF-8, and others are: parts of it were saved in different ways",
                next: "Correct the line, or say --encoding windows-1252 where other letters may be spoilt")
        case .noText(let isSpreadsheet):
            self = .file(
                isSpreadsheet ? "\(path) is in a spreadsheet's own format" : "\(path) is no text",
                next: isSpreadsheet ? "Save it as CSV there (UTF-8), and take that" : "Is it the right file?")
        case .mixedDays(let line):
            self = .file(
                "Some days in \(path) have the day first and some the month",
                next: "Look at line \(line), and write 2026-03-01")
        case .map(.noAddress(let names)):
            self = .file(
                "No column of \(path) is known to hold addresses: \(names.prefix(8).joined(separator: ", ").printable)",
                next: "Call it email in the first line")
        case .map(.twice(let column, let names)):
            self = .file(
                "Two columns of \(path) seem to hold the same (\(column.rawValue)): \(names.joined(separator: ", ").printable)",
                next: "Take one of them out")
        case .map(.noSuchColumn(let name)): self = .usage("\(path) has no column “\(name.printable)”")
        }
    }
}

extension String {
    /// `a***@example.org`
    fileprivate var maskedAddress: String {
        guard let at = lastIndex(of: "@") else { return prefix(1) + "***" }
        return prefix(1) + "***" + self[at...]
    }
}
