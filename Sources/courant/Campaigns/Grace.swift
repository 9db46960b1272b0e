import ArgumentParser
import CourantAPI
import Foundation

/// The time between agreeing and beginning, in which one sees what is wrong: `60s`, `5m`, at most an hour.
struct Grace: ExpressibleByArgument {
    let seconds: Int

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()),
            (1...3600).contains(count), count * unit <= 3600
        else { return nil }
        seconds = count * unit
    }

    /// Nothing has been asked of the service yet: whoever interrupts it leaves a draft.
    func countDown(of campaign: String, _ console: Console) async throws {
        Interrupt.leave {
            console.ask("\nNothing was sent. The draft stays: courant campaign send \(campaign)\n")
        }
        defer { Interrupt.leave(nil) }
        if !console.isLive { console.note("It begins in \(TimeSpan(Double(seconds))); Ctrl-C stops it.") }
        for left in stride(from: seconds, to: 0, by: -1) {
            if console.isLive { console.ask("\rIt begins in \(left) s; Ctrl-C stops it.\u{1B}[K") }
            try await Task.sleep(for: .seconds(1))
        }
        if console.isLive { console.ask("\r\u{1B}[K") }
    }
}
