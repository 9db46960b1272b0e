import ArgumentParser
import CourantAPI
import Foundation

struct Requests: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests",
        abstract: "The register of what people asked for, and by when it must be answered.",
        discussion: """
            EXAMPLES:
              courant subscriber requests ls --open
              courant subscriber requests open access --received 2026-03-01 --about -
              courant subscriber requests close 7 --outcome refused

            What comes through the privacy page is on it by itself, and what is served by a
            command is closed by it. It holds no address, and what is closed goes from it
            after register.expires-after (three years).
            """,
        subcommands: [RequestList.self, TakeRequest.self, ExtendRequest.self, EndRequest.self])
}

enum RequestKind: String, ExpressibleByArgument, CaseIterable {
    case access, rectification, restriction, lifting, objection, erasure, portability, other
}

enum RequestOutcome: String, ExpressibleByArgument, CaseIterable {
    case done
    case nothingHeld = "nothing-held"
    case refused, withdrawn
}

struct RequestNumber: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let description: String
    init?(argument: String) {
        guard let number = Int64(argument), number > 0 else { return nil }
        description = String(number)
    }
}

struct RequestList: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show the register: what must be answered first, then the newest.",
        discussion: "EXAMPLE:\n  courant subscriber requests ls --open", aliases: ["list"])

    @Flag(name: .long, help: "Only what is not answered yet.")
    var open = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await Desk.current().requests(openOnly: open)
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

struct TakeRequest: Speaking {
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
        let request = try await Desk.current().open(wish)
        try console.show(request, as: request.id.printable)
        console.note("Answer it by \(Moment(request.dueAt)) (\(Moment(request.dueAt).distance)).")
    }
}

struct ExtendRequest: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Take two months more, for what is complex; tell the person why (Art. 12(3)).",
        discussion: "EXAMPLE:\n  courant subscriber requests extend 7")

    @Argument(help: "The request's number.")
    var number: RequestNumber

    @OptionGroup var output: Output

    func run() async throws {
        let request = try await Desk.current().extend(number)
        let until = Moment(request.dueAt)
        try output.console.report(request, as: "Answer it by \(until) (\(until.distance)). Tell the person why.")
    }
}

struct EndRequest: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Say what became of a request.",
        discussion: "EXAMPLE:\n  courant subscriber requests close 7 --outcome done")

    @Argument(help: "The request's number.")
    var number: RequestNumber

    @Option(name: .long, help: "What became of it.")
    var outcome: RequestOutcome

    @OptionGroup var output: Output

    func run() async throws {
        let request = try await Desk.current().close(number, CloseRequest(outcome: outcome.rawValue))
        try output.console.report(request, as: "\(output.console.margin.tick) Closed: \(outcome.rawValue).")
    }
}

/// A day, at its beginning in UTC.
struct Day: ExpressibleByArgument, Sendable {
    let date: Date
    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
        guard parts.count == 3, argument.utf8.count == 10, let year = parts[0], let month = parts[1],
            let day = parts[2],
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
        date = Date(timeIntervalSince1970: Double(timegm(&fields)))
        // 30 February became a day in March.
        guard fields.tm_mday == day else { return nil }
    }
}

extension RequestsInfo {
    func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .number("NO."), .text("ASKED FOR"), .text("CAME"), .text("DUE"), .text("OUTCOME"), .text("BY"),
        ])
        table.rows = requests.map { request in
            let due = Moment(request.dueAt).distance
            return [
                request.id.printable, request.kind.printable, "\(Moment(request.receivedAt))",
                request.closedAt != nil ? "" : request.isOverdue ? style.red(due) : due,
                request.outcome?.printable ?? style.yellow("open"), request.handler?.printable ?? "",
            ]
        }
        return table
    }
}
