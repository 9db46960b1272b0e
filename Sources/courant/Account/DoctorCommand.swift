import ArgumentParser
import CourantAPI
import Foundation

/// The client's side: what stands between this computer and a send. The host's side is `courantd doctor`.
struct DoctorCommand: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what lies between this computer and the service; each finding names its remedy.",
        discussion: "EXAMPLES:\n  courant doctor\n  courant doctor --json | jq '.checks[] | select(.ok | not)'")

    @OptionGroup var output: Output

    func run() async throws {
        let examination = await examined()
        try output.console.show(examination, as: examination.text(output.console.page))
        guard let worst = examination.checks.first(where: { !$0.ok }) else { return }
        let ill = examination.checks.count { !$0.ok }
        throw Failure(word: "doctor", title: ill.counted("thing") + " to mend", exit: worst.exit)
    }

    private func examined() async -> Examination {
        var examination = Examination()
        do {
            let login = try Login.current()
            examination.good("signed-in", "\(login.url), from \(login.source)")
            try await call(login, &examination)
        } catch {
            var failure = error
            if error.word == "unreachable" {
                failure.next = "Look at the address, the network, and a proxy (https_proxy)"
            }
            examination.bad(Self.names[error.word] ?? "reachable", failure)
        }
        return examination
    }

    private static let names = ["not-signed-in": "signed-in", "usage": "signed-in", "insecure": "encrypted"]

    private func call(_ login: Login, _ examination: inout Examination) async throws(Failure) {
        let client = APIClient(login)
        let start = ContinuousClock.now
        let ready = try await client.knock("/readyz")
        let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        examination.good("reachable", "in \(milliseconds.grouped) ms")
        examination.good(
            "encrypted", login.url.isEncrypted ? "https, certificate verified" : "not needed: this computer itself")
        examination.compareClock(with: ready.date, now: Date())
        if ready.status == 200 {
            examination.good("ready", "the service serves")
        } else {
            examination.bad("ready", "answers \(ready.status)", "An administrator looks with: courantd doctor")
        }
        do {
            examination.judge(try await client.whoami(), now: Date())
        } catch {
            return examination.bad("token", error)
        }
        do {
            examination.judge(try await client.bounces(nil))
        } catch {
            examination.bad("held", error)
        }
    }
}

/// What was found. `--json` prints it as it is.
struct Examination: Encodable {
    struct Check: Encodable {
        var name: String
        var ok: Bool
        var detail: String
        var remedy: String?
        /// What the program ends with where this is the worst.
        var exit: Exit = .failed

        private enum CodingKeys: String, CodingKey { case name, ok, detail, remedy }
    }

    private(set) var checks: [Check] = []

    mutating func good(_ name: String, _ detail: String) {
        checks.append(Check(name: name, ok: true, detail: detail))
    }

    mutating func bad(_ name: String, _ detail: String, _ remedy: String) {
        checks.append(Check(name: name, ok: false, detail: detail, remedy: remedy))
    }

    mutating func bad(_ name: String, _ failure: Failure) {
        checks.append(Check(name: name, ok: false, detail: failure.title, remedy: failure.next, exit: failure.exit))
    }

    mutating func judge(_ me: Whoami, now: Date) {
        let until = LocalTime(me.expiresAt, now: now)
        let detail = "\(me.name.printable), \(me.role.printable), until \(until) (\(until.distance))"
        if me.expiresAt.timeIntervalSince(now) < 7 * 86_400 {
            bad("token", detail, "Ask an administrator for a new token soon, then: courant login URL")
        } else {
            good("token", detail)
        }
        if let trouble = me.relay?.printable {
            let next = me.relayNextTry.map { " The relay is tried again at \(LocalTime($0).clock)." } ?? ""
            bad("mail", "stands still: \(trouble)\(next)", "An administrator looks with: courantd doctor")
        } else {
            good("mail", "nothing is known to stand in its way")
        }
        if me.service == Release.version {
            good("version", "\(Release.version), as the service")
        } else {
            good("version", "\(Release.version) here, \(me.service.printable) at the service")
        }
    }

    mutating func judge(_ bounces: BouncesInfo) {
        let held = "\(bounces.held.counted("subscription")) said not to exist"
        if bounces.brake {
            bad(
                "held", "\(held), and nobody is erased: \(bounces.reasons.joined(separator: " ").printable)",
                "courant bounces show; then release, or erase")
        } else {
            good("held", bounces.held == 0 ? "nobody" : "\(held): erased by themselves")
        }
    }

    /// `--at` is read on this computer's clock and kept by the service's.
    mutating func compareClock(with header: String?, now: Date) {
        guard let header, let theirs = LocalTime.httpDate(header) else {
            return good("clock", "the service does not say what time it is")
        }
        let skew = now.timeIntervalSince1970 - Double(theirs)
        if abs(skew) <= 30 {
            good("clock", "within a few seconds of the service's")
        } else {
            let direction = skew > 0 ? "ahead of" : "behind"
            bad(
                "clock", "\(TimeSpan(abs(skew))) \(direction) the service's",
                "Set this computer's clock (NTP); --at depends on it")
        }
    }

    func text(_ style: Style) -> String {
        let width = checks.reduce(0) { max($0, $1.name.utf8.count) } + 2
        return checks.map { check in
            let line = "\(check.ok ? style.tick : style.cross) \(check.name.padded(to: width))\(check.detail)"
            guard let remedy = check.remedy else { return line }
            return line + "\n" + String(repeating: " ", count: width + 2) + "\(style.dim(style.arrow)) \(remedy)"
        }.joined(separator: "\n")
    }
}

extension LocalTime {
    /// IMF-fixdate (RFC 9110 §5.6.7), `Tue, 01 Dec 2026 08:00:00 GMT`, as seconds since 1970.
    static func httpDate(_ text: String) -> Int? {
        let words = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int32(words[1]),
            let month = months.firstIndex(of: words[2]), let year = Int32(words[3])
        else { return nil }
        let clock = words[4].utf8.split(separator: UInt8(ascii: ":")).compactMap { Int32(Substring($0)) }
        guard clock.count == 3, (1...31).contains(day), (1970...9999).contains(year) else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, Int32(month), day)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock[0], clock[1], clock[2])
        return timegm(&fields)
    }
}
