import ArgumentParser
import CourantAPI
import Foundation

struct RequestsClose: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Say what became of a request.",
        discussion: "EXAMPLE:\n  courant subscriber requests close 7 --outcome done")

    @Argument(help: "The request's number.")
    var number: RequestNumber

    @Option(name: .long, help: "What became of it.")
    var outcome: RequestOutcome

    @OptionGroup var output: Output

    func run() async throws {
        let request = try await APIClient.current().close(number, CloseRequest(outcome: outcome.rawValue))
        try output.console.report(request, as: "\(output.console.margin.tick) Closed: \(outcome.rawValue).")
    }
}
