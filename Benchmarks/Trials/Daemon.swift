import CourantAPI
import Foundation
import Outbound

/// The real `courantd serve` on some premises.
package final class Daemon: Sendable {
    package let child: Child
    private let premises: Premises

    package init(_ program: String, _ premises: Premises, core: Int? = nil) throws {
        self.premises = premises
        child = try Child(
            program, ["serve"], core: core, environment: premises.childEnvironment,
            output: premises.directory.appending(path: "log").path,
            errors: premises.directory.appending(path: "log").path)
    }

    /// Until it answers.
    package func ready() async throws { try await Sockets.waitFor(premises.httpPort) }

    /// Nil while it does not answer.
    func campaign(_ id: Int64, token: String, by client: HTTPClient) async -> CampaignInfo? {
        let request = HTTPRequest(
            .get, "http://127.0.0.1:\(premises.httpPort)/api/v1/campaigns/\(id)",
            headers: [HTTPHeader("Authorization", "Bearer \(token)")], timeout: .seconds(5))
        guard let answer = try? await client.send(request), answer.status == 200 else { return nil }
        return try? JSON.decode(CampaignInfo.self, from: Data(answer.body))
    }

    /// How many mails a campaign has brought to the relay by now.
    package func accepted(_ id: Int64, token: String) async -> Int {
        await campaign(id, token: token, by: HTTPClient())?.progress.accepted ?? 0
    }

    /// So far.
    package var cpuSeconds: Double { DatabaseToll.cpuSeconds(of: child.id) }

    /// Whether `/readyz` says so, asked at once and waited for.
    package func isReady() -> Bool {
        guard Sockets.answers(premises.httpPort) else { return false }
        let order = HTTPLoad.Order(Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
        var isAsked = false
        let load = try? HTTPLoad(port: premises.httpPort, connections: 1) {
            defer { isAsked = true }
            return isAsked ? nil : order
        }
        return (try? load?.run())?.first?.status == 200
    }
}

/// Starts `courantd` again whenever it has ended, as the host's own supervisor would; whoever wants it to end asks here.
actor Supervisor {
    private let program: String
    private let premises: Premises
    private var daemon: Daemon
    private(set) var complaints: [String] = []
    /// How it ended by itself.
    private(set) var deaths: [String] = []
    private var hasServed = false

    private var lastWords: String {
        let log = try? String(contentsOf: premises.directory.appending(path: "log"), encoding: .utf8)
        let lines = log?.split(separator: "\n") ?? []
        let word = lines.first { $0.contains("rash") || $0.contains("atal") } ?? lines.last
        return word.map { String($0.prefix(300)) } ?? "no word"
    }

    init(_ program: String, _ premises: Premises) throws {
        (self.program, self.premises) = (program, premises)
        daemon = try Daemon(program, premises)
    }

    func kill() throws {
        daemon.child.end()
        try start()
    }

    private func start() throws {
        daemon = try Daemon(program, premises)
        hasServed = false
    }

    /// One that is only just beginning does not hear it yet: until it serves, a signal is what the system makes of it.
    func signal(_ number: Int32) throws {
        let daemon = try living()
        if Sockets.answers(premises.httpPort) { daemon.child.signal(number) }
    }

    /// Blocks its thread: nobody else may come in between. Throws where it cannot be brought to serve any more.
    func terminate(andRestart: Bool) throws {
        let limit = ContinuousClock.now + .seconds(60)
        // One that is just starting does not hear it yet.
        while !Sockets.answers(premises.httpPort) {
            _ = try living()
            guard ContinuousClock.now < limit else {
                throw TrialFailure("courantd does not start any more: \(lastWords)")
            }
            usleep(2000)
        }
        daemon.child.signal(SIGTERM)
        let ended = daemon.child.wait()
        if ended.status != 0 { complaints.append("courantd ended with status \(ended.status) after SIGTERM") }
        if andRestart { try start() }
    }

    /// On a full disk, or without a database, it cannot start; it is tried again until it can.
    func living() throws -> Daemon {
        if daemon.child.hasEnded {
            let death = "status \(daemon.child.wait().status): \(lastWords)"
            if premises.database == nil { deaths.append(death) } else { noteFailedStart(death) }
            usleep(50_000)
            try start()
        }
        hasServed = hasServed || Sockets.answers(premises.httpPort)
        return daemon
    }

    /// Whatever befalls its database, it goes on once it serves.
    private func noteFailedStart(_ death: String) {
        if hasServed || !death.hasPrefix("status 1:") { complaints.append("courantd ended by itself (\(death))") }
    }
}
