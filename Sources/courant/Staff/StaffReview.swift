import ArgumentParser
import CourantAPI

struct StaffReview: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Look through all logins; that you did is written down.",
        discussion: """
            EXAMPLE:
              courant staff review

            Flagged is what has expired, what nobody has used for 90 days, and what expires
            within two weeks. The audit keeps who reviewed, and when.
            """)

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().review()
        try console.show(all, as: all.table(console.page).text(console.page))
        let stale = all.staff.filter { $0.concerns.contains("unused") || $0.concerns.contains("expired") }
        let leaving = all.staff.filter { $0.concerns == ["expires-soon"] }
        if let first = stale.first {
            let count = stale.count.counted("login")
            console.note("\(count) that nobody uses: courant staff revoke “\(first.name.printable)”")
        }
        if let first = leaving.first {
            console.note("\(leaving.count.counted("login")) ending soon: courant staff renew “\(first.name.printable)”")
        }
        if stale.isEmpty, leaving.isEmpty { console.note("\(console.margin.tick) Nothing to do. Noted in the audit.") }
    }
}
