/// A day, with its time where there is one, as files have it.
package struct FileDay: Equatable, Sendable {
    /// Which of two numbers that both may be a month is the day.
    package enum Order: String, Sendable, CaseIterable {
        case dayFirst = "day-first"
        case monthFirst = "month-first"
    }

    package enum Reading: Equatable, Sendable {
        case day(FileDay)
        /// `03/04/2023`: the third of April, or March the fourth.
        case either(dayFirst: FileDay, monthFirst: FileDay)
    }

    /// As the service takes it: `2023-04-03`, or `2023-04-03T10:15:22Z`.
    package let text: String
    /// The order that its numbers prove, where they are in one that could be the other.
    package let proves: Order?

    /// Nil where it is no day, or its year has two digits.
    package static func read(_ text: String) -> Reading? {
        let text = text.trimmedFile
        // RFC 3339 has a T between day and time.
        let time = text.firstIndex { $0 == " " || $0 == "T" }
        var parts = [text[..<(time ?? text.endIndex)], time.map { text[text.index(after: $0)...] } ?? ""]
            .map { String($0) }.filter { !$0.isEmpty }
        if let named = named(text) { return named }
        guard !parts.isEmpty else { return nil }
        let day = parts.removeFirst()
        guard let time = parts.isEmpty ? "" : Time(parts[0])?.text else { return nil }
        guard let separator = day.first(where: { "-/.".contains($0) }) else { return nil }
        let numbers = day.split(separator: separator, omittingEmptySubsequences: false).map { number($0) }
        guard numbers.count == 3, let one = numbers[0], let two = numbers[1], let three = numbers[2] else { return nil }
        if one.digits == 4 { return FileDay(one.value, two.value, three.value, time).map { .day($0) } }
        guard three.digits == 4, one.digits <= 2, two.digits <= 2 else { return nil }
        return read(one.value, two.value, three.value, time, isDotted: separator == ".")
    }

    private static func read(_ one: Int, _ two: Int, _ year: Int, _ time: String, isDotted: Bool) -> Reading? {
        let dayFirst = FileDay(year, two, one, time, proves: isDotted ? nil : .dayFirst)
        // Nobody writes the month first with dots.
        let monthFirst = isDotted ? nil : FileDay(year, one, two, time, proves: .monthFirst)
        switch (dayFirst, monthFirst) {
        case (let day?, nil), (nil, let day?): return .day(day)
        case (let dayFirst?, let monthFirst?):
            return one == two
                ? FileDay(year, one, two, time).map { .day($0) } : .either(dayFirst: dayFirst, monthFirst: monthFirst)
        case (nil, nil): return nil
        }
    }

    /// `Apr 3, 2023` and `3 April 2023`.
    private static func named(_ text: String) -> Reading? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," }).map { $0.lowercased() }
        guard words.count >= 3 else { return nil }
        let (first, second) = (month(words[0]), month(words[1]))
        guard let month = first ?? second, let day = number(Substring(first == nil ? words[0] : words[1])),
            let year = number(Substring(words[2])), year.digits == 4,
            let time = words.count == 3 ? "" : Time(words[3...].joined(separator: " "))?.text
        else { return nil }
        return FileDay(year.value, month, day.value, time).map { .day($0) }
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func month(_ word: String) -> Int? {
        guard word.count >= 3, word.allSatisfy(\.isLetter) else { return nil }
        return months.firstIndex { word.hasPrefix($0) }.map { $0 + 1 }
    }

    private static func number(_ text: Substring) -> (value: Int, digits: Int)? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(text)
        else { return nil }
        return (value, text.utf8.count)
    }

    private init?(_ year: Int, _ month: Int, _ day: Int, _ time: String, proves: Order? = nil) {
        guard year >= 1970, (1...12).contains(month), (1...Self.days(month, year)).contains(day) else { return nil }
        text = "\(year)-\(Self.padded(month))-\(Self.padded(day))\(time)"
        self.proves = proves
    }

    private static func days(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        default: 31
        }
    }

    fileprivate static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// Of the two, the one that is meant.
    package static func text(_ reading: Reading, _ order: Order?) -> String? {
        switch (reading, order) {
        case (.day(let day), _): day.text
        case (.either(let day, _), .dayFirst): day.text
        case (.either(_, let day), .monthFirst): day.text
        case (.either, nil): nil
        }
    }
}

/// `10:15`, `10:15:22.123 UTC`, `9:05 PM`, `10:15:22+02:00`; without a zone it is taken as UTC.
private struct Time {
    let text: String

    init?(_ text: String) {
        var rest = Substring(text.uppercased()).filter { $0 != " " }[...]
        guard let hour = Self.number(&rest), rest.popFirst() == ":", let minute = Self.number(&rest) else { return nil }
        var second = 0
        if rest.first == ":" {
            rest.removeFirst()
            guard let number = Self.number(&rest) else { return nil }
            second = number
        }
        var fraction = ""
        if rest.first == "." || rest.first == "," {
            rest.removeFirst()
            let digits = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let three = String((digits + "000").prefix(3))
            if three != "000" { fraction = "." + three }
        }
        guard let hour = Self.hour(hour, &rest), hour < 24, minute < 60, second < 60,
            let zone = Self.zone(rest)
        else { return nil }
        self.text = "T\(FileDay.padded(hour)):\(FileDay.padded(minute)):\(FileDay.padded(second))\(fraction)\(zone)"
    }

    private static func number(_ rest: inout Substring) -> Int? {
        let digits = rest.prefix { $0.isNumber }
        guard (1...2).contains(digits.count) else { return nil }
        rest = rest.dropFirst(digits.count)
        return Int(digits)
    }

    private static func hour(_ hour: Int, _ rest: inout Substring) -> Int? {
        guard rest == "AM" || rest == "PM" else { return hour }
        guard (1...12).contains(hour) else { return nil }
        defer { rest = "" }
        return hour % 12 + (rest == "PM" ? 12 : 0)
    }

    private static func zone(_ text: Substring) -> String? {
        if ["", "Z", "UTC", "GMT", "+0000UTC"].contains(text) { return "Z" }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard digits.count == 2 || digits.count == 4, digits.allSatisfy(\.isNumber) else { return nil }
        let minutes = digits.count == 4 ? String(digits.suffix(2)) : "00"
        return "\(sign)\(digits.prefix(2)):\(minutes)"
    }
}

extension String {
    /// Without what spreadsheets put around a cell.
    var trimmedFile: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace || first == "\u{A0}" || first == "\u{FEFF}" {
            rest.removeFirst()
        }
        while let last = rest.last, last.isWhitespace || last == "\u{A0}" || last == "\u{FEFF}" { rest.removeLast() }
        return String(rest)
    }
}
