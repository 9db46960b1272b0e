/// The people of a file as the service takes them: in parts, each with the columns that are wanted and no others.
package struct PeopleParts {
    package enum Event: Equatable {
        case part(Part)
        /// Not sent, and why.
        case bad(line: Int, String)
    }

    /// What they are sent for.
    package enum Purpose: Sendable, Equatable {
        /// Who is subscribed; asked, or told.
        case asking
        case telling
        /// Who is subscribed, with the day of their consent.
        case moving
        /// Who left, or whose mailbox refused mail.
        case blocking
    }

    private let survey: Survey
    private let purpose: Purpose
    private let order: FileDay.Order?
    private let lines: PersonLines
    private let columns: [Column]
    private var writer: PartWriter
    private var isOver = false
    /// Not for this purpose: another basis than the one that is imported.
    package private(set) var otherBasis = 0

    package init(_ survey: Survey, _ purpose: Purpose, order: FileDay.Order?) throws(FileFault) {
        self.survey = survey
        self.purpose = purpose
        self.order = order ?? survey.order
        lines = try PersonLines(survey.path, survey.shape, survey.map)
        columns = purpose.columns.filter { survey.sends($0) }
        writer = PartWriter(columns: columns.map(\.rawValue))
    }

    /// Nil at the end.
    package mutating func next() throws(FileFault) -> Event? {
        while !isOver {
            switch try lines.next() {
            case .fault(let line, let fault): return .bad(line: line, fault.words)
            case .person(let person):
                if let event = take(person) { return event }
            case nil:
                isOver = true
                if let last = writer.finish() { return .part(last) }
            }
        }
        return nil
    }

    private mutating func take(_ person: PersonLine) -> Event? {
        guard survey.isWanted(person, purpose) else { return nil }
        if let basis = person.values[.basis], let wanted = purpose.basis, basis != wanted {
            otherBasis += 1
            return nil
        }
        var cells: [String] = []
        for column in columns {
            guard let cell = cell(column, of: person) else { return .bad(line: person.line, Self.dayWords) }
            cells.append(cell)
        }
        return writer.add(cells, line: person.line).map { .part($0) }
    }

    static let dayWords = "A day in it is written in a way that is not known: write 2026-03-01."

    /// Nil where it is a day that cannot be read.
    private func cell(_ column: Column, of person: PersonLine) -> String? {
        let text = person.values[column] ?? ""
        guard !text.isEmpty else { return "" }
        if Column.days.contains(column) {
            return FileDay.read(text).flatMap { FileDay.text($0, order) }
        }
        switch column {
        case .language: return Self.language(text)
        // Another Courant's own words for those who are written to.
        case .state: return text == "restricted" ? text : ""
        default: return text
        }
    }

    /// `nb-NO`, `en_US`: of what is no code at all nothing is sent, and the list's language counts.
    private static func language(_ text: String) -> String {
        let code = text.prefix { $0 != "-" && $0 != "_" }.lowercased()
        return (2...3).contains(code.utf8.count) ? code : ""
    }
}

extension PeopleParts.Purpose {
    fileprivate var columns: [Column] {
        switch self {
        case .asking: [.email, .name, .company, .language]
        case .telling: [.email, .name, .company, .language, .lastContact, .class, .source, .state]
        case .moving:
            [
                .email, .name, .company, .language, .confirmedAt, .askedAt, .lastContact, .wording, .policy, .evidence,
                .class, .source, .state,
            ]
        case .blocking: [.email]
        }
    }

    /// Of another Courant's export, which has both.
    fileprivate var basis: String? {
        switch self {
        case .asking, .blocking: nil
        case .telling: "legitimate-interest"
        case .moving: "consent"
        }
    }
}

extension Survey {
    /// `class`, `source` and `state` mean to us what they mean there only where the file is one of ours.
    fileprivate func sends(_ column: Column) -> Bool {
        column == .email || map.has(column)
            || (column == .name && (map.has(.firstName) || map.has(.lastName) || map.isBare))
    }

    /// Whoever has left in one line has left. Where no line says how anybody stands, all of them are meant.
    fileprivate func isWanted(_ person: PersonLine, _ purpose: PeopleParts.Purpose) -> Bool {
        let standing = standing ?? person.standing
        guard purpose == .blocking else {
            // Who is restricted is asked nothing.
            if purpose == .asking, person.values[.state] == "restricted" { return false }
            return standing == .subscribed && !(person.key.map(absent.contains) ?? false)
        }
        return saysStanding ? standing == .left || standing == .dead : true
    }

    /// Whether the file says of its people where they stand.
    package var saysStanding: Bool {
        standing != nil || map.saysStanding
    }
}
