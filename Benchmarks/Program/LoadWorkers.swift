import ArgumentParser
import Foundation
import Newsletter
import Trials
import Wiring

struct StubWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stub")
    @Argument var port: Int
    @Option var delay = 50

    func run() async throws {
        let stub = try HTTPStub.captcha(port: port, delay: .milliseconds(delay))
        try await Task.sleep(for: .seconds(3600))
        stub.stop()
    }
}

/// Visitors: each request is another person's.
struct LoadWorker: AsyncParsableCommand {
    enum Kind: String, ExpressibleByArgument {
        case signUp = "sign-up"
        case unsubscribe
        case livez
    }

    static let configuration = CommandConfiguration(commandName: "load")
    @Argument var kind: Kind
    @Argument var port: Int
    @Option var count = 10_000
    @Option var connections = 64
    @Option(help: "Requests a second; 0: as many as there can be.") var rate = 0.0
    @Option(help: "Where the subscribers' keys are.") var directory = ""
    @Option(help: "The first person's number.") var from = 0

    func run() async throws {
        let order = try orders()
        var number = from
        let last = from + count
        let load = try HTTPLoad(port: port, connections: connections, rate: rate) {
            guard number < last else { return nil }
            number += 1
            return order(number - 1)
        }
        let watch = Stopwatch()
        let answers = try load.run()
        let expected = kind == .signUp ? 303 : 200
        let good = answers.filter { $0.status == expected }
        var measured = watch.measured(good.count)
        (measured.p50, measured.p99) = (answers.percentile(0.5), answers.percentile(0.99))
        measured.failures = answers.count - good.count
        measured.bytes = answers.first { $0.status != expected }?.status ?? 0
        try measured.print()
    }

    private func orders() throws -> (Int) -> HTTPLoad.Order {
        switch kind {
        case .livez: return { _ in HTTPLoad.Order(Array("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)) }
        case .signUp:
            let run = ProcessInfo.processInfo.processIdentifier
            return { number in
                .form(
                    "/subscribe",
                    "email=visitor\(number).\(run)%40example.com&name=Visitor&list=news&g-recaptcha-response=solved\(number)"
                )
            }
        case .unsubscribe:
            let keyring = try KeyFile.existing("\(directory)/courant.keys")
            return { number in
                let link = UnsubscribeLink(Premises.id(number), place: .header, keyring: keyring)
                return .form("/unsubscribe/\(link.text)", "List-Unsubscribe=One-Click", tag: number)
            }
        }
    }
}
