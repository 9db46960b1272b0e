import CourantAPI
import Foundation

/// What a campaign's state means for the command that watched it, in numbers and words.
extension ProgressInfo {
    /// Nothing more happens to these.
    var settled: Int { max(0, recipients - left - deferred) }

    /// `accepted 7,020 · deferred 58 · refused 7`: what is nought is left out, but for the accepted.
    func counts(_ style: Style) -> String { parts(style).joined(separator: style.dot) }

    func parts(_ style: Style) -> [String] {
        var parts = ["\(style.green("accepted")) \(accepted.grouped)"]
        func add(_ count: Int, _ name: String) {
            if count > 0 { parts.append("\(name) \(count.grouped)") }
        }
        add(deferred, style.yellow("deferred"))
        add(refused, style.red("refused"))
        add(expired, style.red("expired"))
        add(inDoubt, style.red("in doubt"))
        add(withdrawn, "withdrawn")
        add(left, "waiting")
        return parts
    }
}

extension CampaignInfo {
    /// Nothing happens to it unless somebody acts.
    var standsStill: Bool { !["scheduled", "sending"].contains(state) }

    /// Why the end is not what was wished for; nil where each recipient has their mail.
    var shortfall: Failure? {
        let lacking = progress.refused + progress.expired + progress.inDoubt
        switch state {
        case "sent":
            guard lacking > 0 else { return nil }
            return Failure(
                word: "in-part", title: "Sent, but not to everybody: \(progress.counts(.plain))",
                next: progress.inDoubt > 0
                    ? "courant campaign report \(id); those in doubt may have it already: courant campaign retry \(id) --in-doubt"
                    : "courant campaign report \(id)", exit: .inPart)
        case "cancelled":
            return Failure(
                word: "cancelled", title: "The campaign was cancelled: \(progress.counts(.plain))",
                next: "courant campaign report \(id)", exit: progress.accepted > 0 ? .inPart : .failed)
        case "paused":
            let reason = reason.map { ": " + $0.printable } ?? ""
            return Failure(
                word: "paused", title: "The campaign is paused\(reason) (\(progress.counts(.plain)))",
                next: "courant campaign resume \(id), or for good: courant campaign cancel \(id)", exit: .failed)
        default:
            return Failure(
                word: "not-sending", title: "The campaign is not being sent: it is \(state.printable)",
                next: "courant campaign send \(id)", exit: .failed)
        }
    }

    /// How long it ran, and how fast.
    var pace: String? {
        guard let startedAt, let finishedAt, progress.settled > 0 else { return nil }
        let seconds = max(1, finishedAt.timeIntervalSince(startedAt))
        return "in \(TimeSpan(seconds)) (\(Int(Double(progress.settled) / seconds).grouped)/s)"
    }
}

extension Style {
    static let plain = Style(coloured: false, unicode: true)
}
