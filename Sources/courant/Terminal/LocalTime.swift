import Foundation

/// A point in time as this computer's clock on the wall shows it. The C library's calendar, because Foundation's
/// formatters would make the program start slowly.
struct LocalTime: CustomStringConvertible {
    let date: Date
    private let now: Date

    init(_ date: Date, now: Date = Date()) {
        self.date = date
        self.now = now
    }

    /// `Tue 1 Dec 2026 09:00`
    var description: String {
        var seconds = time_t(date.timeIntervalSince1970)
        var fields = tm()
        localtime_r(&seconds, &fields)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = "\(Self.two(fields.tm_hour)):\(Self.two(fields.tm_min))"
        return "\(days[Int(fields.tm_wday)]) \(fields.tm_mday) \(months[Int(fields.tm_mon)]) "
            + "\(fields.tm_year + 1900) \(clock)"
    }

    /// With the zone: for a time at which something is going to happen.
    var exact: String {
        var seconds = time_t(date.timeIntervalSince1970)
        var fields = tm()
        localtime_r(&seconds, &fields)
        let minutes = abs(fields.tm_gmtoff) / 60
        let sign = fields.tm_gmtoff < 0 ? "-" : "+"
        return "\(self) (UTC\(sign)\(Self.two(Int32(minutes / 60))):\(Self.two(Int32(minutes % 60))))"
    }

    /// `14:03:20`: for what is about to happen.
    var clock: String {
        var seconds = time_t(date.timeIntervalSince1970)
        var fields = tm()
        localtime_r(&seconds, &fields)
        return [fields.tm_hour, fields.tm_min, fields.tm_sec].map(Self.two).joined(separator: ":")
    }

    /// `in 3 days`, `5 minutes ago`
    var distance: String {
        let seconds = date.timeIntervalSince(now)
        let span = TimeSpan(abs(seconds))
        return abs(seconds) < 1 ? "now" : seconds < 0 ? "\(span) ago" : "in \(span)"
    }

    /// Of what is known by the day alone, in UTC: `today`, `yesterday`, `12 days ago`.
    var day: String {
        func number(_ date: Date) -> Int { Int((date.timeIntervalSince1970 / 86_400).rounded(.down)) }
        let days = number(now) - number(date)
        return days < 1 ? "today" : days == 1 ? "yesterday" : "\(days) days ago"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// A length of time in its largest unit, or its largest two where that is short.
struct TimeSpan: CustomStringConvertible {
    let seconds: Double
    init(_ seconds: Double) { self.seconds = seconds }

    var description: String {
        let whole = Int(min(seconds.rounded(), 1e12))
        switch whole {
        case ..<90: return whole.counted("second")
        case ..<5400: return ((whole + 30) / 60).counted("minute")
        case ..<172_800: return ((whole + 1800) / 3600).counted("hour")
        default: return ((whole + 43_200) / 86_400).counted("day")
        }
    }
}
