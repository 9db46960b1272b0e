package import Foundation

/// A moment as a mail's header writes it (RFC 5322 §3.3), in UTC: `Fri, 20 Nov 2026 21:48:39 +0000`.
///
/// Written by hand: a `DateFormatter` needs ICU, a locale, and a microsecond that a campaign has not.
package struct MailDate: Hashable, Sendable {
    package let bytes: [UInt8]

    /// From the years 1 to 9999; outside them, the nearest moment inside.
    package init(_ date: Date) {
        let seconds = min(max(date.timeIntervalSince1970.rounded(.down), -62_135_596_800), 253_402_300_799)
        let (days, second) = Int(seconds).flooredDivision(by: 86_400)
        let (year, month, day) = Self.civil(days)
        let weekday = (days + 4).flooredDivision(by: 7).remainder
        let time = [second / 3_600, second / 60 % 60, second % 60].map(Self.padded).joined(separator: ":")
        let zeros = String(repeating: "0", count: max(0, 4 - String(year).utf8.count))
        bytes = Array("\(Self.weekdays[weekday]), \(day) \(Self.months[month - 1]) \(zeros)\(year) \(time) +0000".utf8)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Days since 1970-01-01 as a date of the Gregorian calendar (Howard Hinnant's `civil_from_days`).
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Int {
    fileprivate func flooredDivision(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let remainder = ((self % divisor) + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}
