package import Foundation

/// Days and moments as readers write them. How day, time and zone stand together is the locale's own string,
/// `language.moment`; names of months and zones are ICU's.
extension Templates {
    /// "6 January 2026 at 13:00 (CET)", on the clock of `zone`.
    package func moment(_ date: Date, language: Language, zone: TimeZone) -> String {
        let style = Date.FormatStyle(locale: language.locale, timeZone: zone)
        return string(
            "language.moment", language: language,
            values: [
                "day": date.day(in: language, zone), "time": date.formatted(style.hour().minute()),
                "zone": date.formatted(style.timeZone(.specificName(.short))),
            ])
    }
}

extension Date {
    /// "6 January 2026", on the calendar of `zone`.
    package func day(in language: Language, _ zone: TimeZone) -> String {
        formatted(Date.FormatStyle(locale: language.locale, timeZone: zone).day().month(.wide).year())
    }
}

extension Language {
    /// A calendar day such as `2026-01-06` in words; what is none stays as it is.
    package func day(_ text: String) -> String {
        (try? Date(text, strategy: .iso8601.year().month().day()))?.day(in: self, .gmt) ?? text
    }

    /// Of no country in particular ("6 January", as most of the world has it), with hours up to 24.
    fileprivate var locale: Locale {
        var components = Locale.Components(identifier: "\(code)_001")
        components.hourCycle = .zeroToTwentyThree
        return Locale(components: components)
    }
}
