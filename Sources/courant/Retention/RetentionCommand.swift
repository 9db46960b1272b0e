import ArgumentParser

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "How long people are kept who never leave, and the proof of it.",
        discussion: """
            A list's rules are set with: courant list edit SLUG --keep 1y --keep prospect=2y --remind 4w
            They are kept once a minute, without anybody's doing.

            EXAMPLES:
              courant retention show
              courant retention run --dry-run
              courant retention release news --expect 2000
              courant retention attest > statement.txt
            """,
        subcommands: [RetentionShow.self, RetentionRun.self, RetentionRelease.self, RetentionAttest.self])
}
