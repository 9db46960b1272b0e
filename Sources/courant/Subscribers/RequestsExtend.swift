import ArgumentParser
import CourantAPI
import Foundation

struct RequestsExtend: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Take two months more, for what is complex; tell the person why (Art. 12(3)).",
        discussion: "EXAMPLE:\n  courant subscriber requests extend 7")

    @Argument(help: "The request's number.")
    var number: RequestNumber

    @OptionGroup var output: Output

    func run() async throws {
        let request = try await APIClient.current().extend(number)
        let until = LocalTime(request.dueAt)
        try output.console.report(request, as: "Answer it by \(until) (\(until.distance)). Tell the person why.")
    }
}
