import ArgumentParser
import CourantAPI

/// How long, as typed: `1y` (365 days, so that a year is never exceeded), `52w`, `365d`, or `none`. In days; 0 is none.
struct Term: ExpressibleByArgument, Sendable {
    let days: Int

    init?(argument: String) {
        if ["none", "never", "until-unsubscribed"].contains(argument) {
            days = 0
            return
        }
        let units: [Character: Int] = ["d": 1, "w": 7, "y": 365]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()),
            (1...3650).contains(count), count * unit <= 3650
        else { return nil }
        days = count * unit
    }
}

/// A term for everybody on the list, or for one class: `1y`, `prospect=2y`.
struct KeepTerm: ExpressibleByArgument, Sendable {
    /// Nil: every class.
    let kind: SubscriberClass?
    let term: Term

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last, let term = Term(argument: last) else { return nil }
        if parts.count == 2 {
            guard let kind = SubscriberClass(rawValue: parts[0]) else { return nil }
            self.kind = kind
        } else {
            kind = nil
        }
        self.term = term
    }
}

/// What somebody is to you.
enum SubscriberClass: String, ExpressibleByArgument, CaseIterable {
    case subscriber, partner, prospect
}

/// How long a list keeps those who never leave.
struct KeepOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long those are kept who never leave, after their latest activity (a prospect’s: contact); none: until unsubscribed. Without a class it is for every one; repeat it for each of its own.",
            valueName: "[class=]term"))
    var keep: [KeepTerm] = []

    @Option(name: .long, help: "Ask “still interested?” so long before the end, such as 4w; none: don’t ask.")
    var remind: Term?

    @Option(name: .long, help: "How long people are kept after the list is closed.")
    var keepClosed: Term?

    /// Nil where nothing was said.
    var rules: RetentionInfo? {
        var rules = RetentionInfo(remindDays: remind?.days, closedDays: keepClosed?.days)
        for keep in keep {
            let days = keep.term.days
            if keep.kind != .partner && keep.kind != .prospect { rules.subscriberDays = days }
            if keep.kind == nil || keep.kind == .partner { rules.partnerDays = days }
            if keep.kind == nil || keep.kind == .prospect { rules.prospectDays = days }
        }
        return rules == RetentionInfo() ? nil : rules
    }
}

extension RetentionInfo {
    /// `1 year after the latest activity`, for one class.
    private static func words(_ days: Int?, _ lifeline: String) -> String {
        days.map { "at most \($0.counted("day")) after the latest \(lifeline)" } ?? "until unsubscribed"
    }

    /// For a list's facts.
    var lines: [(name: String, value: String)] {
        let classes = [subscriberDays, partnerDays, prospectDays]
        var lines: [(String, String)] = []
        if classes.allSatisfy({ $0 == nil }) {
            lines.append(("Kept", "until unsubscribed"))
        } else {
            lines.append(("Subscribers", Self.words(subscriberDays, "activity")))
            lines.append(("Partners", Self.words(partnerDays, "activity")))
            lines.append(("Prospects", Self.words(prospectDays, "contact")))
        }
        if let remindDays { lines.append(("Asked", "\(remindDays.counted("day")) before the end")) }
        return lines
    }
}
