import ArgumentParser
import CourantAPI

struct RetentionRelease: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Let a sweep go on that waits for a person's word.",
        discussion: """
            A rule that would end more than 50 people and more than 5 % of a list at once is not carried out by itself: it may
            be a slip in the rule, or a clock that is wrong. Look first: courant retention show, courant list show SLUG.
            What is released is erased within a minute, for good.

            EXAMPLE:
              courant retention release news --expect 2000
            """)

    @Argument(help: "The list.") var list: Slug

    @Option(name: .long, help: ArgumentHelp("How many will be erased.", valueName: "count"))
    var expect: Int

    @OptionGroup var output: Output

    func run() async throws {
        let released = try await APIClient.current().release(ReleaseSweep(list: list.description, expect: expect))
        try output.console.show(
            released,
            as: "Released: \(released.due.grouped) on \(released.list.printable) will be erased by the next sweep.")
    }
}

extension HeldSweepInfo {
    /// `2,000 of 2,000 on news would end at once: …`
    var line: String {
        "\(due.grouped) of \(population.grouped) on \(list.printable) would end at once; if that is meant: courant retention "
            + "release \(list.printable) --expect \(due)"
    }
}
