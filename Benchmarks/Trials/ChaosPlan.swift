import TestSupport

/// What happens to a campaign that has a bad day.
package enum ChaosDeed: Sendable, CustomStringConvertible {
    /// `kill -9`, so long after the moment, to one of the instances.
    case kill(after: Duration, instance: Int)
    case terminate(instance: Int)
    /// One of the host's commands, beside the service.
    case host([String])
    /// What `systemctl reload` and logrotate send.
    case hangUp
    case fault(SinkFault)
    /// The disk is full for so long.
    case fillDisk(Duration)
    case database(DatabaseFault, Duration)

    package var description: String {
        switch self {
        case .kill(_, let instance): "kill -9 \(instance + 1)"
        case .terminate(let instance): "SIGTERM \(instance + 1)"
        case .host(let words): "courantd \(words.joined(separator: " "))"
        case .hangUp: "SIGHUP"
        case .database(let fault, let time): "\(fault.rawValue) for \(time)"
        case .fault(let fault): fault.description
        case .fillDisk(let time): "disk full for \(time)"
        }
    }

    package var kind: String {
        switch self {
        case .kill: "kill -9"
        case .terminate: "SIGTERM"
        case .host: "host command"
        case .hangUp: "SIGHUP"
        case .fillDisk: "disk full"
        case .database(let fault, _): fault.rawValue
        case .fault(.hang): "relay hangs"
        case .fault(.hangUp): "relay hangs, then hangs up"
        case .fault(.restart): "relay restarts"
        case .fault(.refuse(let code, _, _)): code < 500 ? "relay says 4xx" : "relay says 5xx"
        case .fault(.farewell): "relay says 421"
        case .fault(.dropAfterDot): "dropped after the dot"
        }
    }
}

/// What befalls a database server; afterwards it is there again.
package enum DatabaseFault: String, Sendable {
    case stop = "database stopped"
    /// As a crash would.
    case crash = "database crashed"
    /// It answers nobody, and closes no connection.
    case hang = "database hangs"
}

/// Which deeds, and when: told by the number of mails that the relay has had by then, so that a seed means the same on any
/// machine, as far as that can be.
package struct ChaosPlan: Sendable {
    package let seed: UInt64
    package let deeds: [(dots: Int, deed: ChaosDeed)]

    /// With several `instances`, which share a database server, more goes wrong, and that server with them.
    package init(seed: UInt64, recipients: Int, canFillDisk: Bool, instances: Int = 1) {
        self.seed = seed
        var random = Seeded(seed)
        let deeds = (0..<Int.random(in: 1...(instances == 1 ? 4 : 7), using: &random)).map { _ in
            let dots = Int.random(in: 1..<recipients, using: &random)
            let deed =
                instances == 1
                ? Self.deed(dots: dots, canFillDisk, &random)
                : Self.deed(dots: dots, instances: instances, &random)
            return (dots, deed)
        }
        // From numbers of their own, so that a seed's misfortunes stay what they were.
        var others = Seeded(~seed)
        let habits = (0..<Int.random(in: 0...3, using: &others)).map { _ in
            (Int.random(in: 1..<recipients, using: &others), Self.habit(onFile: instances == 1, &others))
        }
        self.deeds = (deeds + habits).sorted { $0.dots < $1.dots }
    }

    /// What an operator's cron and hands do, whatever else goes on. `backup` is for a database in a file.
    private static func habit(onFile: Bool, _ random: inout Seeded) -> ChaosDeed {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .host(["staff", "ls"])
        case 1: .host(["promises"])
        case 2: .host(["doctor"])
        case 3: .host(["retention", "run"])
        case 4 where onFile: .host(["backup", "backup-\(UInt32.random(in: 0 ... .max, using: &random)).db"])
        default: .hangUp
        }
    }

    package var description: String { deeds.map { "at \($0.dots): \($0.deed)" }.joined(separator: "; ") }

    /// Longer than a lease, sometimes.
    private static func deed(dots: Int, instances: Int, _ random: inout Seeded) -> ChaosDeed {
        let instance = Int.random(in: 0..<instances, using: &random)
        let time = Duration.milliseconds(Int.random(in: 100...3000, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<3: return .database(.stop, time)
        case 3..<6: return .database(.crash, time)
        case 6..<9: return .database(.hang, time * 3)
        case 9..<14: return .kill(after: time / 1000, instance: instance)
        case 14..<16: return .terminate(instance: instance)
        default: return deed(dots: dots, false, &random)
        }
    }

    private static func deed(dots: Int, _ canFillDisk: Bool, _ random: inout Seeded) -> ChaosDeed {
        let time = Duration.milliseconds(Int.random(in: 20...600, using: &random))
        let mails = Int.random(in: 1...40, using: &random)
        let stage = Bool.random(using: &random) ? SinkFault.Stage.recipient : .content
        switch Int.random(in: 0..<(canFillDisk ? 21 : 20), using: &random) {
        case 0..<7: return .kill(after: .microseconds(Int.random(in: 0...4000, using: &random)), instance: 0)
        case 7..<9: return .terminate(instance: 0)
        case 9..<11: return .fault(.restart(time))
        case 11..<13: return .fault(.hang(time))
        case 13: return .fault(.hangUp(time))
        case 14: return .fault(.refuse(code: 451, at: stage, mails: mails))
        // Few, so that the campaign's own guard does not end the day.
        case 15: return .fault(.refuse(code: 550, at: stage, mails: max(1, min(mails, dots / 100))))
        case 16..<18: return .fault(.farewell(at: stage, mails: max(1, mails / 8)))
        case 18..<20: return .fault(.dropAfterDot(mails: max(1, mails / 4), keeps: Bool.random(using: &random)))
        default: return .fillDisk(time)
        }
    }
}
