import ArgumentParser
import CourantAPI
import Foundation

struct RequestsOpen: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Write down a request that came by letter, telephone or mail.",
        discussion: "EXAMPLE:\n  courant subscriber requests open erasure --received 2026-03-01 --about ann@example.org"
    )

    @Argument(help: "What was asked for.")
    var kind: RequestKind

    @Option(name: .long, help: ArgumentHelp("The day it came; else today.", valueName: "yyyy-mm-dd"))
    var received: Day?

    @Option(
        name: .long,
        help: ArgumentHelp("Whom it is about; serving them then closes it. - reads stdin.", valueName: "address"))
    var about: Address?

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let wish = OpenRequest(kind: kind.rawValue, received: received?.date, address: try about?.read())
        let request = try await APIClient.current().open(wish)
        try console.show(request, as: request.id.printable)
        console.note("Answer it by \(LocalTime(request.dueAt)) (\(LocalTime(request.dueAt).distance)).")
    }
}
