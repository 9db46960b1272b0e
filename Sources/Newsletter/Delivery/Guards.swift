/// When a campaign must stop before it does harm.
enum Guards {
    /// Below this many answers a share says little.
    static let fewestAnswers = 100
    static let mostRefused = 0.05
    static let mostRefusedForUs = 0.02
    /// Below this many, only a half does.
    static let fewestOfSmall = 10
    /// Of those for us, a handful is enough to stop for a half of them: nobody is any the worse for waiting.
    static let fewestForUs = 3
    /// A relay that has not answered for so long is not coming back by itself.
    static let longestSilence: Duration = .seconds(15 * 60)

    static func stop(_ tally: Tally, refused: Int, run: RunOfAnswers) -> Stop? {
        let answers = tally.accepted + refused
        if run.longest.isTooLong { return stop(run, of: answers) }
        if isTooMany(tally.refusedForUs, of: answers, mostRefusedForUs, fewestForUs) {
            let last = run.objection.map { ", last with \($0): \(RefusalCause.meaning(of: $0))" } ?? ""
            return Stop(
                word: .ours, refused: tally.refusedForUs, answers: answers,
                reason:
                    "\(tally.refusedForUs) of the first \(answers) were refused because of us\(last). Ask whoever runs "
                    + "the relay, mend it, then resume: they are tried again.")
        }
        if isTooMany(refused, of: answers, mostRefused, fewestOfSmall) {
            let share = answers >= fewestAnswers ? "over 5 %" : "more than half"
            return Stop(
                word: .refusals, refused: refused, answers: answers,
                reason:
                    "\(refused) of \(answers) were refused, \(share). See the report for the causes, then resume or "
                    + "cancel.")
        }
        return nil
    }

    /// What came back after the relay had taken it. Only a share of many says anything: they are its other customers' too.
    static func stop(returnedForUs count: Int, of answers: Int, status: String) -> Stop? {
        guard answers >= fewestAnswers, Double(count) > mostRefusedForUs * Double(answers) else { return nil }
        return Stop(
            word: .ours, refused: count, answers: answers,
            reason:
                "\(count) of the first \(answers) came back because of us, last with \(status): "
                + "\(RefusalCause.meaning(of: status)). Mend it, then resume.")
    }

    private static func isTooMany(_ count: Int, of answers: Int, _ share: Double, _ fewest: Int) -> Bool {
        answers >= fewestAnswers
            ? Double(count) > share * Double(answers) : answers >= fewest && count * 2 > answers
    }

    private static func stop(_ run: RunOfAnswers, of answers: Int) -> Stop {
        let (count, meaning) = (run.longest.count, RefusalCause.meaning(of: run.status))
        let reason =
            run.longest.kind == RefusalCause.ours.rawValue
            ? "\(count) in a row were refused because of us (last with \(run.status): \(meaning)). Nobody has lost anything by "
                + "it: ask whoever runs the relay, mend it, then resume: they are tried again."
            : "\(count) in a row were refused alike (\(run.status): \(meaning)); that is more likely the relay, or one "
                + "provider, than all of them. See the report, then resume or cancel."
        return Stop(word: .run, refused: count, answers: max(count, answers), reason: reason)
    }
}

/// Why the service has paused a campaign by itself.
struct Stop: Sendable {
    /// For the log.
    enum Word: String, Sendable {
        case run = "refused-in-a-row"
        case ours = "refused-because-of-us"
        case refusals = "too-many-refusals"
        case silence = "no-relay"
        case promise = "promise-broken"
    }

    let word: Word
    var refused = 0
    var answers = 0
    /// In plain words, for whoever sent it.
    let reason: String
}

/// How the relay has answered one after the other, up to now.
struct RunOfAnswers {
    var last: RefusalRun
    var longest = RefusalRun()
    /// With which the longest ended.
    var status = ""
    /// What was last refused because of us.
    var objection: String?
}
