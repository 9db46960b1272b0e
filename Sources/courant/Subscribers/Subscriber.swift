import ArgumentParser

struct Subscriber: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber",
        abstract: "The people on the lists.",
        discussion: """
            EXAMPLES:
              courant subscriber import fair.csv --list news --basis consent --source "Our stand at Nor-Fishing" --dry-run
              courant subscriber contact ann@example.org
              courant subscriber classify ann@example.org --class partner
              courant subscriber unblock ann@example.org
            """,
        subcommands: [ImportFile.self, NoteContactWith.self, ClassifySubscriber.self, UnblockSubscriber.self])
}
