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

    /// In plain words, for whoever sent it.
    static func reasonToStop(
        _ tally: Tally, refused: Int, run: (last: RefusalRun, longest: RefusalRun, status: String)
    ) -> String? {
        let answers = tally.accepted + refused
        if run.longest.isTooLong { return words(run.longest, run.status) }
        if isTooMany(tally.refusedForUs, of: answers, mostRefusedForUs, fewestForUs) {
            return
                "\(tally.refusedForUs) of \(answers) were refused because of the sender (status 5.7.x: reputation, SPF, DKIM "
                + "or content; or what the report says). Ask whoever runs the relay, mend it, then resume: they are tried again."
        }
        if isTooMany(refused, of: answers, mostRefused, fewestOfSmall) {
            let share = answers >= fewestAnswers ? "over 5 %" : "more than half"
            return
                "\(refused) of \(answers) were refused, \(share). See the report for the causes, then resume or cancel."
        }
        return nil
    }

    private static func isTooMany(_ count: Int, of answers: Int, _ share: Double, _ fewest: Int) -> Bool {
        answers >= fewestAnswers
            ? Double(count) > share * Double(answers) : answers >= fewest && count * 2 > answers
    }

    private static func words(_ run: RefusalRun, _ status: String) -> String {
        let meaning = RefusalCause.meaning(of: status)
        guard run.kind == RefusalCause.ours.rawValue else {
            return
                "\(run.count) in a row were refused alike (\(status): \(meaning)); that is more likely the relay, or one provider, "
                + "than all of them. See the report, then resume or cancel."
        }
        return
            "\(run.count) in a row were refused because of us (last with \(status): \(meaning)). Nobody has lost anything by it: ask "
            + "whoever runs the relay, mend it, then resume: they are tried again."
    }
}
