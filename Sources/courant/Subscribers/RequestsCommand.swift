import ArgumentParser
import CourantAPI
import Foundation

struct RequestsCommand: AsyncParsableCommand {
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
        subcommands: [RequestsList.self, RequestsOpen.self, RequestsExtend.self, RequestsClose.self])
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
            let due = LocalTime(request.dueAt).distance
            return [
                request.id.printable, request.kind.printable, "\(LocalTime(request.receivedAt))",
                request.closedAt != nil ? "" : request.isOverdue ? style.red(due) : due,
                request.outcome?.printable ?? style.yellow("open"), request.handler?.printable ?? "",
            ]
        }
        return table
    }
}
