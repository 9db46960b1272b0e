import ArgumentParser
import CourantAPI

struct UnblockSubscriber: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "unblock",
        abstract: "Lift “never write to me again”, when the person has asked you to.",
        discussion: """
            The address may then sign up again; it is subscribed to nothing by this.

            EXAMPLE:
              courant subscriber unblock ann@example.org
            """)

    @Argument(help: "The person’s address.")
    var address: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        if !yes {
            guard console.hasPerson else {
                throw Failure.noTerminal(
                    "Nothing was lifted: there is no terminal to ask on",
                    next: "courant subscriber unblock ADDRESS --yes")
            }
            let answer = Prompt(console: console)
                .line("Has this person asked for it, and can you show that? Type \(console.margin.bold("yes")): ")
            guard answer == "yes" else { throw Failure.declined("Nothing was lifted") }
        }
        let done = try await Desk.current().unblock(Unblock(email: address))
        try console.report(
            done,
            as: done.changed == 0
                ? "There was no such wish for this address." : "\(console.margin.tick) Lifted; they may sign up again.")
    }
}
