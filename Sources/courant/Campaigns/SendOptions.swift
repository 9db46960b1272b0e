import ArgumentParser
import Foundation

/// What `courant send` and `courant campaign send` share.
struct SendOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("When to begin: \(Schedule.help).", valueName: "time"))
    var at: Schedule?

    @Flag(name: .shortAndLong, help: "Do not ask; needs --expect-recipients.")
    var yes = false

    @Option(name: .long, help: ArgumentHelp("Refuse where they are not exactly so many.", valueName: "n"))
    var expectRecipients: Int?

    @Flag(name: .customLong("no-wait"), help: "Come back as soon as sending has begun.")
    var noWait = false

    @Option(
        name: .long,
        help: ArgumentHelp("Count down so long before it begins; Ctrl-C stops it: 60s, 5m.", valueName: "time"))
    var grace: Grace?

    func validate() throws {
        if grace != nil, at != nil {
            throw ValidationError("--grace is for what begins now: with --at there is time until then to cancel it.")
        }
        if let expectRecipients, expectRecipients < 1 {
            throw ValidationError("--expect-recipients is how many will get it: 1 or more.")
        }
    }

    func date() throws(Failure) -> Date? { try at?.date(now: Date()) }

    /// Before anything is asked of the service: can this end in a send at all?
    func check(_ console: Console) throws(Failure) {
        if yes && expectRecipients == nil {
            throw Failure(
                word: "no-count", title: "--yes alone would send to however many there are",
                next: "Say how many you expect: --yes --expect-recipients N (courant list show SLUG counts them)",
                exit: .guarded)
        }
        if !yes && !console.hasPerson {
            throw .noTerminal(
                "Nothing was sent: there is no terminal to ask on",
                next: "Say it with the command: --yes --expect-recipients N")
        }
    }
}
