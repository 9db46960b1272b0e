import ArgumentParser
import Foundation
import Mail
import Newsletter
import Outbound
import ServiceLifecycle
import SQLStore
import Synchronization
import Trials
import Wiring

struct SinkWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sink")
    @Argument var port: Int
    @Option(help: "Milliseconds, both ways together.") var roundTrip = 0
    @Option(help: "Milliseconds behind the final dot.") var afterDot = 0

    func run() async throws {
        let sink = try SMTPSink(
            port: port, delays: SinkDelays(roundTrip: .milliseconds(roundTrip), afterDot: .milliseconds(afterDot)))
        try await Task.sleep(for: .seconds(86_400))
        sink.stop()
    }
}

/// Where a worker finds the records.
struct Place: ParsableArguments {
    @Argument var directory: String
    @Option(help: "A PostgreSQL database; SQLite in the directory without.") var store: String?
    @Option(help: "Its server's first process.") var server: Int32 = 0

    func premises(relayPort: Int = 9, connections: Int = 32) -> Premises {
        Premises(
            URL(filePath: directory), relayPort: relayPort, connections: connections,
            database: store.map { TrialDatabase(url: $0, process: server) })
    }

    /// The same for a worker's command line.
    static func arguments(_ premises: Premises) -> [String] {
        let database = premises.database.map { ["--store", $0.url, "--server", String($0.process)] }
        return [premises.directory.path] + (database ?? [])
    }
}

struct FillWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "fill")
    @OptionGroup var place: Place
    @Argument var count: Int

    func run() async throws { try await place.premises().fill(count) }
}

/// The whole pipeline: one campaign to everybody in the directory.
struct CampaignWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "campaign")
    @OptionGroup var place: Place
    @Argument var port: Int
    @Option var connections = 32
    @Flag var signed = false

    func run() async throws {
        var premises = place.premises(relayPort: port, connections: connections)
        premises.signs = signed
        let courant = try await premises.open()
        let services = [Task { try await courant.store.run() }, Task { try await courant.dispatcher.run() }]
        let watch = Stopwatch(premises.database)
        let id = try await premises.launch(courant)
        var standing = try await courant.campaigns.show(id)
        while standing.campaign.state != .sent {
            try await Task.sleep(for: .milliseconds(20))
            standing = try await courant.campaigns.show(id)
            if standing.campaign.state == .paused { break }
        }
        let (start, end) = (standing.campaign.startedAt ?? .now, standing.campaign.finishedAt ?? .now)
        var measured = watch.measured(
            standing.progress.accepted, seconds: end.timeIntervalSince(start), bytes: try await size(courant, id))
        measured.failures = standing.progress.recipients - standing.progress.accepted
        try measured.print()
        services.forEach { $0.cancel() }
        Foundation.exit(0)
    }

    private func size(_ courant: Courant, _ id: Int64) async throws -> Int {
        try await courant.campaigns.preview(id, name: nil).source.count
    }
}

/// The relay alone: mails that are ready, a window of them at a time.
struct SendPathWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "send-path")
    @Argument var port: Int
    @Option var count = 20_000
    @Option var connections = 32
    @Option var size = 10_240
    @Option var grouping = "body"
    @Option(help: "Encrypted from the first byte; trusts this authority.") var authority: String?

    func run() async throws {
        var configuration = SMTPRelay.Configuration(
            address: RelayAddress(scheme: authority == nil ? .smtp : .smtps, host: "localhost", port: port),
            tls: authority == nil ? .off : .required)
        configuration.certificateAuthorities = authority
        configuration.connections = connections
        configuration.grouping = .init(rawValue: grouping) ?? .body
        let relay = SMTPRelay(configuration: configuration)
        let watch = Stopwatch()
        let accepted = await SendPath(relay: relay, content: Self.content(size), count: count).run()
        var measured = watch.measured(accepted, bytes: size)
        measured.failures = count - accepted
        try measured.print()
        await relay.stop(within: .seconds(5))
    }

    private static func content(_ size: Int) -> [UInt8] {
        var content = Array(
            "From: news@example.org\r\nSubject: Sensors\r\nMessage-ID: <000000000000@example.org>\r\n\r\n".utf8)
        while content.count < size - 74 { content += Array(repeating: UInt8(ascii: "x"), count: 72) + [13, 10] }
        return content + Array(repeating: UInt8(ascii: "y"), count: max(0, size - content.count - 2)) + [13, 10]
    }
}

/// Keeps a window of mails under way.
private final class SendPath: Sendable {
    private struct State {
        var next = 0
        var settled = 0
        var accepted = 0
        var done: CheckedContinuation<Int, Never>?
    }

    private let relay: SMTPRelay
    private let content: [UInt8]
    private let count: Int
    private let sendGuard = SendGuard()
    private let state = Mutex(State())
    private static let (window, portion) = (512, 64)

    init(relay: SMTPRelay, content: [UInt8], count: Int) {
        (self.relay, self.content, self.count) = (relay, content, count)
    }

    func run() async -> Int {
        await withCheckedContinuation { continuation in
            state.withLock { $0.done = continuation }
            for _ in 0..<(Self.window / Self.portion) { send() }
        }
    }

    private func send() {
        let numbers = state.withLock { state in
            let start = state.next
            state.next = min(count, start + Self.portion)
            return start..<state.next
        }
        guard !numbers.isEmpty else { return }
        relay.send(numbers.map(mail), sendGuard: sendGuard) { self.take($0) }
    }

    /// Verdicts come on the relay's thread; what follows them is handed over there, as soon as a portion is free.
    private func take(_ verdicts: [Settled]) {
        let (portions, done) = state.withLock { state in
            let before = state.settled / Self.portion
            state.settled += verdicts.count
            state.accepted += verdicts.count { $0.verdict == .accepted }
            let done = state.settled == count ? state.done : nil
            return (state.settled / Self.portion - before, done.map { ($0, state.accepted) })
        }
        for _ in 0..<portions { send() }
        if let (continuation, accepted) = done { continuation.resume(returning: accepted) }
    }

    /// Each its own copy, as a rendered mail is.
    private func mail(_ number: Int) -> OutgoingMail {
        var content = content
        let digits = Array(String(number).utf8)
        content.replaceSubrange(55..<(55 + digits.count), with: digits)
        return OutgoingMail(
            ticket: Int64(number), person: UInt128(number + 1),
            sender: EmailAddress(localPart: "news", domain: "example.org"), recipient: Premises.recipient(number),
            content: content)
    }
}
