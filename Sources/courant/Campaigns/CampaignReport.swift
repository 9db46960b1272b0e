import ArgumentParser
import CourantAPI

struct CampaignReport: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Account for every recipient of a campaign.",
        discussion: "EXAMPLE:\n  courant campaign report 42")

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let report = try await APIClient.current().report(id)
        try console.show(
            report,
            as: report.campaign.account(console.page) + report.causes(console.page)
                + (report.returned ?? []).table(console.page))
        if let held = report.campaign.held { console.note(held.words.printable) }
        if report.campaign.progress.inDoubt > 0 {
            console.note(
                "Those in doubt may have it already. Send to them again: courant campaign retry \(id) --in-doubt")
        }
    }
}

extension ReportInfo {
    fileprivate func causes(_ style: Style) -> String {
        guard !refusals.isEmpty else { return "" }
        var table = Table(columns: [.text("REFUSED WITH"), .number("MAILS"), .text("BECAUSE")])
        table.rows = refusals.map { [$0.status.printable, $0.count.grouped, style.dim($0.cause.printable)] }
        return "\n" + table.text(style)
    }
}

extension CampaignInfo {
    fileprivate func account(_ style: Style) -> String {
        var table = Table(columns: [.text("OUTCOME"), .number("MAILS"), .number("SHARE"), .text("")])
        func add(_ name: String, _ count: Int, _ meaning: String) {
            table.rows.append([name, count.grouped, share(count), style.dim(meaning)])
        }
        add(style.green("accepted"), progress.accepted, "the relay took responsibility")
        add("refused", progress.refused, "the relay said no for good")
        add("expired", progress.expired, "put off until the schedule’s end")
        add("in doubt", progress.inDoubt, "handed over, the answer lost")
        add("withdrawn", progress.withdrawn, "unsubscribed before their mail")
        let next = nextAttempt.map { "the first of them \(LocalTime($0).distance)" } ?? "later"
        add("deferred", progress.deferred, "put off; tried again \(next)")
        add("waiting", progress.left, "not yet tried")
        add(style.bold("recipients"), progress.recipients, "")
        let line = [style.state(state.printable), pace].compactMap { $0 }.joined(separator: " ")
        let why = reason.map { "\n" + $0.printable } ?? ""
        return
            "\(style.bold(subject.printable)) \(style.dim("to")) \(audienceName): \(line)\(why)\n\n\(table.text(style))"
    }

    /// With one decimal, cut rather than rounded: 99.9 % is not everybody.
    private func share(_ count: Int) -> String {
        guard progress.recipients > 0 else { return "" }
        let thousandths = count * 1000 / progress.recipients
        return "\(thousandths / 10).\(thousandths % 10) %"
    }
}
