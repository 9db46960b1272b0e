import ArgumentParser
import CourantAPI
import Foundation

struct RequestsList: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show the register: what must be answered first, then the newest.",
        discussion: "EXAMPLE:\n  courant subscriber requests ls --open", aliases: ["list"])

    @Flag(name: .long, help: "Only what is not answered yet.")
    var open = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().requests(openOnly: open)
        try console.show(all, as: all.table(console.page).text(console.page))
        let overdue = all.requests.count { $0.isOverdue }
        if let counted = all.counted, counted.nothingHeld + counted.limited > 0 {
            console.note(
                "In the last \(counted.days) days also \(counted.nothingHeld.grouped) for addresses of which nothing is held, and "
                    + "\(counted.limited.grouped) too soon after another: no mail went, and they are counted alone.")
        }
        if overdue > 0 { console.note("\(overdue.counted("request")) overdue: answer today.") }
    }
}
