import CourantAPI
import Foundation

/// A campaign's way, drawn over itself: two lines on a terminal. Where stderr is a file (a build server's log), a line
/// at each change of state and each tenth of the way instead. `--quiet` and `--json` draw nothing.
struct ProgressBar {
    private let console: Console
    private var rate = Rate()
    private var drawn = false
    private var lastState = ""
    private var lastTenth = -1
    private var lastReason: String?

    init(_ console: Console) { self.console = console }

    private var isSilent: Bool { console.quiet || console.json }

    mutating func show(_ campaign: CampaignInfo, at now: Date = Date()) {
        rate.see(campaign.progress.settled, at: now)
        guard !isSilent else { return }
        if console.isLive { redraw(lines(campaign, now)) } else { mark(campaign) }
    }

    mutating func lost(_ pause: Duration) {
        guard !isSilent else { return }
        let words =
            "  " + console.margin.yellow("connection lost, trying again") + (console.margin.unicode ? "…" : "...")
        if console.isLive { redraw([words, ""]) } else { console.note("connection lost, trying again") }
    }

    private mutating func redraw(_ lines: [String]) {
        let back = drawn ? "\u{1B}[1A\r" : "\n"
        console.ask(back + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\r")
        drawn = true
    }

    /// Leaves what was drawn on the screen and goes on below it.
    mutating func end() {
        if drawn { console.ask("\n") }
        drawn = false
    }

    private mutating func mark(_ campaign: CampaignInfo) {
        let progress = campaign.progress
        let tenth = progress.recipients > 0 ? progress.settled * 10 / progress.recipients : 0
        guard campaign.state != lastState || tenth != lastTenth || campaign.reason != lastReason else { return }
        (lastState, lastTenth, lastReason) = (campaign.state, tenth, campaign.reason)
        let share = "\(progress.settled.grouped) of \(campaign.size.grouped)"
        console.note("\(campaign.state.printable) \(share): \(progress.counts(console.margin))")
        if let reason = campaign.trouble { console.note(reason) }
    }
}

extension ProgressBar {
    /// Columns before the bar, so that it stays where it is while the state's word changes.
    private static let margin = 11

    private func lines(_ campaign: CampaignInfo, _ now: Date) -> [String] {
        let progress = campaign.progress
        let style = console.margin
        let share = progress.recipients > 0 ? Double(progress.settled) / Double(progress.recipients) : 0
        let percent = String(Int(share * 100)).padded(to: 3, right: true) + " %"
        let counts = "\(progress.settled.grouped) of \(campaign.size.grouped)"
        let state = style.state(campaign.state.printable).padded(to: Self.margin)
        let room = console.columns - Self.margin - percent.displayWidth - counts.displayWidth - 7
        let bar = room >= 10 ? bar(share, width: min(room, 40)) + "  " : ""
        let first = "  \(state)\(bar)\(style.bold(percent))  \(counts)"
        return [first, fitting(campaign.trouble.map { [$0] } ?? details(campaign, now))]
    }

    private func bar(_ share: Double, width: Int) -> String {
        let style = console.margin
        let full = min(width, Int((share * Double(width)).rounded(.down)))
        let (done, open) = style.unicode ? ("━", "─") : ("#", "-")
        return style.green(String(repeating: done, count: full))
            + style.dim(String(repeating: open, count: width - full))
    }

    /// What fits the second line, the most telling first.
    private func details(_ campaign: CampaignInfo, _ now: Date) -> [String] {
        let progress = campaign.progress
        var parts: [String] = []
        if let start = campaign.scheduledFor, campaign.state == "scheduled" {
            parts.append("begins \(LocalTime(start, now: now)) (\(LocalTime(start, now: now).distance))")
        }
        if campaign.state == "sending", let rate = rate.perSecond {
            parts.append("\(Int(rate).grouped)/s")
            if progress.left > 0, rate >= 1 { parts.append("\(TimeSpan(Double(progress.left) / rate)) to go") }
        }
        if campaign.state == "sending", progress.left == 0, progress.deferred > 0 {
            parts.append("the relay wants \(progress.deferred.grouped) later")
        }
        return parts + progress.parts(console.margin)
    }

    private func fitting(_ parts: [String]) -> String {
        var line = ""
        let room = console.columns - 3
        for part in parts {
            let longer = line.isEmpty ? part.cut(to: room) : line + console.margin.dot + part
            if longer.displayWidth > room { break }
            line = longer
        }
        return "  " + line
    }
}

extension CampaignInfo {
    /// Why it stands still; what comes first is seen on the narrowest screen.
    fileprivate var trouble: String? {
        guard let reason = reason?.printable else { return nil }
        return relayNextTry.map { "the relay is tried again at \(LocalTime($0).clock). \(reason)" } ?? reason
    }

    fileprivate var size: Int { audience ?? progress.recipients }
}

/// Mails a second over the last ten seconds.
private struct Rate {
    private var seen: [(at: Date, settled: Int)] = []

    mutating func see(_ settled: Int, at now: Date) {
        seen.append((now, settled))
        while seen.count > 2, now.timeIntervalSince(seen[0].at) > 10 { seen.removeFirst() }
    }

    var perSecond: Double? {
        guard let first = seen.first, let last = seen.last else { return nil }
        let seconds = last.at.timeIntervalSince(first.at)
        return seconds >= 0.5 ? Double(max(0, last.settled - first.settled)) / seconds : nil
    }
}
