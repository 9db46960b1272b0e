import ArgumentParser
import Foundation

/// `--at`: when to begin. `2026-12-01T09:00` (this computer's zone, or with `Z` or `+01:00`), `tomorrow 09:00`,
/// `friday 17:30`, `+2h`, `+1h30m`, `+3d`. Kept as typed until the command runs, since it depends on now.
struct Schedule: ExpressibleByArgument {
    private let when: When

    private enum When {
        case after(seconds: Int)
        /// Days from today, and the clock.
        case day(Day, hour: Int32, minute: Int32)
        /// Fields as on a calendar; the zone's offset in seconds, or local.
        case fixed(year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, offset: Int?)
    }

    private enum Day {
        case fromToday(Int32)
        /// 0 is Sunday; the next one to come, today's included while its hour is ahead.
        case weekday(Int32)
    }

    init?(argument: String) {
        let text = argument.trimmed.lowercased()
        guard let when = Self.relative(text) ?? Self.named(text) ?? Self.calendar(text) else { return nil }
        self.when = when
    }

    static let help = "2026-12-01T09:00, \"tomorrow 09:00\", \"friday 17:30\", +2h"

    /// The time meant, seen from `now`.
    func date(now: Date) throws(Failure) -> Date {
        let date = try resolved(now: now)
        guard date > now else {
            throw .usage(
                "\(LocalTime(date).exact) is in the past", next: "Give a time to come, or leave --at out to send now")
        }
        return date
    }

    /// The same for what has happened.
    func past(now: Date) throws(Failure) -> Date {
        let date = try resolved(now: now)
        guard date <= now else {
            throw .usage("\(LocalTime(date).exact) is yet to come", next: "Give a time that has passed")
        }
        return date
    }

    private func resolved(now: Date) throws(Failure) -> Date {
        switch when {
        case .after(let seconds): return now.addingTimeInterval(Double(seconds))
        case .fixed(let year, let month, let day, let hour, let minute, let offset):
            var fields = tm()
            (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
            (fields.tm_hour, fields.tm_min) = (hour, minute)
            guard let offset else { return try Self.local(fields) }
            return Date(timeIntervalSince1970: Double(timegm(&fields) - offset))
        case .day(let day, let hour, let minute):
            var fields = Self.today(now)
            (fields.tm_hour, fields.tm_min, fields.tm_sec) = (hour, minute, 0)
            switch day {
            case .fromToday(let days): fields.tm_mday += days
            case .weekday(let weekday):
                fields.tm_mday += (weekday - fields.tm_wday + 7) % 7
                if try Self.local(fields) <= now { fields.tm_mday += 7 }
            }
            return try Self.local(fields)
        }
    }

    private static func today(_ now: Date) -> tm {
        var seconds = time_t(now.timeIntervalSince1970)
        var fields = tm()
        localtime_r(&seconds, &fields)
        return fields
    }

    /// The C library moves an hour that the change to summer time skips; a person would be surprised.
    private static func local(_ fields: tm) throws(Failure) -> Date {
        var moved = fields
        moved.tm_isdst = -1
        let seconds = mktime(&moved)
        guard moved.tm_hour == fields.tm_hour, moved.tm_min == fields.tm_min else {
            throw .usage("That hour does not exist: the clocks go forward then", next: "Choose another time")
        }
        return Date(timeIntervalSince1970: Double(seconds))
    }
}

extension Schedule {
    /// `+1h30m`
    private static func relative(_ text: String) -> When? {
        guard text.utf8.first == UInt8(ascii: "+") else { return nil }
        var seconds = 0
        var number: Int?
        for byte in text.utf8.dropFirst() {
            if byte.isDigit {
                number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
                guard let number, number < 100_000 else { return nil }
            } else {
                guard let count = number, let unit = units[byte] else { return nil }
                seconds += count * unit
                number = nil
            }
        }
        return number == nil && seconds > 0 ? .after(seconds: seconds) : nil
    }

    private static let units: [UInt8: Int] = [
        UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600, UInt8(ascii: "d"): 86_400, UInt8(ascii: "w"): 604_800,
    ]

    /// `tomorrow 09:00`
    private static func named(_ text: String) -> When? {
        let words = text.split(separator: " ")
        guard words.count == 2, let (hour, minute) = clock(words[1]) else { return nil }
        switch words[0] {
        case "today": return .day(.fromToday(0), hour: hour, minute: minute)
        case "tomorrow": return .day(.fromToday(1), hour: hour, minute: minute)
        default:
            let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
            guard let weekday = days.firstIndex(where: { $0 == words[0] || $0.prefix(3) == words[0] }) else {
                return nil
            }
            return .day(.weekday(Int32(weekday)), hour: hour, minute: minute)
        }
    }

    /// `2026-12-01T09:00[:00][Z|+01:00]`, a blank for the T too.
    private static func calendar(_ text: String) -> When? {
        let halves = text.split(whereSeparator: { $0 == "t" || $0 == " " })
        guard halves.count == 2 else { return nil }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard date.count == 3, let year = digits(date[0], 4), let month = digits(date[1], 2),
            let day = digits(date[2], 2),
            (2000...2200).contains(year), (1...12).contains(month), (1...days(in: month, year)).contains(day)
        else { return nil }
        let (time, offset) = zone(halves[1])
        guard let (hour, minute) = clock(time) else { return nil }
        switch offset {
        case .none: return .fixed(year: year, month: month, day: day, hour: hour, minute: minute, offset: nil)
        case .some(.none): return nil
        case .some(.some(let seconds)):
            return .fixed(year: year, month: month, day: day, hour: hour, minute: minute, offset: seconds)
        }
    }

    /// What stands before the zone, and the zone's offset: absent, or there but unreadable, or read.
    private static func zone(_ text: Substring) -> (Substring, Int??) {
        if text.utf8.last == UInt8(ascii: "z") { return (text.dropLast(), .some(0)) }
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) else { return (text, .none) }
        guard let (hours, minutes) = clock(text[text.index(after: sign)...]), hours <= 14 else {
            return (text, .some(nil))
        }
        let seconds = Int(hours) * 3600 + Int(minutes) * 60
        return (text[..<sign], .some(text[sign] == "-" ? -seconds : seconds))
    }

    /// `9:00`, `09:00`, `09:00:00`
    private static func clock(_ text: Substring) -> (Int32, Int32)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 && parts[2] == "00" else { return nil }
        guard let hour = digits(parts[0], 2) ?? digits(parts[0], 1), let minute = digits(parts[1], 2) else {
            return nil
        }
        return hour < 24 && minute < 60 ? (hour, minute) : nil
    }

    private static func digits(_ text: Substring, _ count: Int) -> Int32? {
        text.utf8.count == count && text.utf8.allSatisfy(\.isDigit) ? Int32(text) : nil
    }

    private static func days(in month: Int32, _ year: Int32) -> Int32 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
