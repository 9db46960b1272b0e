import ArgumentParser
import CourantAPI

struct CloseList: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Take a list out of use: no sign-ups, no campaigns.",
        discussion: "EXAMPLES:\n  courant list close news\n  courant list close news --yes")

    @Argument(help: "The list's slug.")
    var slug: Slug

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: Output

    func run() async throws {
        let desk = try Desk.current()
        if !yes { try await ask(desk) }
        let list = try await desk.close(slug)
        try output.console.report(list, as: "\(output.console.margin.tick) \(slug) is closed.")
    }

    private func ask(_ desk: Desk) async throws {
        let console = output.console
        guard console.hasPerson else {
            throw Failure.noTerminal(
                "Nothing was closed: there is no terminal to ask on", next: "courant list close \(slug) --yes")
        }
        let list = try await desk.list(slug)
        console.ask("“\(list.title.printable)” has \(list.active.counted("subscriber")).\n")
        let answer = Prompt(console: console).line("Type \(console.margin.bold("\(slug)")) to close it: ")
        guard answer == slug.description else { throw Failure.declined("Nothing was closed") }
    }
}
