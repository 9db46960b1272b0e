import ArgumentParser
import CourantAPI

struct SubscriberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscriber",
        abstract: "The people on the lists, and their rights.",
        discussion: """
            EXAMPLES:
              courant subscriber find ann@example.org
              courant subscriber export ann@example.org --out ann.json
              courant subscriber rectify ann@example.org --address ann@example.net
              courant subscriber erase - --yes < address.txt
              courant subscriber requests open erasure --received 2026-03-01
              courant subscriber import fair.csv --list news --basis consent --source "Our stand at Nor-Fishing" --dry-run
              courant subscriber block unsubscribed.csv --source "Mailchimp, those who left" --dry-run
              courant subscriber contact ann@example.org

            Make sure first that it is the person who asks. Each call is written down in the
            audit, by the subscription's random id. An address of - is read from stdin, where
            it stays out of the shell's history.
            """,
        subcommands: [
            SubscriberFind.self, SubscriberExport.self, SubscriberRectify.self, SubscriberRestrict.self,
            SubscriberUnrestrict.self, SubscriberObject.self, SubscriberErase.self, SubscriberForgive.self,
            RequestsCommand.self, SubscriberImport.self, SubscriberApprove.self, SubscriberBlock.self,
            SubscriberContact.self, SubscriberClassify.self,
        ])
}

/// Somebody's address as typed; the service says whether it is one. It describes itself as nothing, so that no message
/// repeats it.
struct Address: ExpressibleByArgument, Sendable, CustomStringConvertible {
    private let typed: String
    var description: String { "[redacted]" }

    static let help: ArgumentHelp = "The person's address. - reads it from stdin."

    init?(argument: String) {
        guard !argument.isEmpty, argument.utf8.count <= 1000 else { return nil }
        typed = argument
    }

    func read() throws(Failure) -> String {
        guard typed == "-" else { return typed }
        guard let line = readLine()?.trimmed, !line.isEmpty else {
            throw .usage("There is no address on stdin", next: "One line: the address")
        }
        return line
    }
}

/// What cannot be taken back, or concerns a person, is asked once more.
struct Agreement: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    func ask(_ question: String, _ console: Console) throws(Failure) {
        if yes { return }
        guard console.hasPerson else {
            throw Failure(
                word: "no-terminal", title: "Nothing was done: there is no terminal to ask on", next: "Add --yes",
                exit: .usage)
        }
        guard Prompt(console: console).agrees(question) else { throw .declined("Nothing was done") }
    }
}
