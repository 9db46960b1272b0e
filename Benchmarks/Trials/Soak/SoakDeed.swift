import Foundation
import TestSupport

/// What happens to a service in a month, pressed into minutes.
enum SoakDeed: Sendable {
    /// One of the host's commands, beside the service.
    case host([String])
    /// One of the staff's.
    case staff([String])
    case signal(Int32)
    case kill
    case terminate
    case relay(SinkFault)
    case database(DatabaseFault, Duration)
    /// The time of day is off by so many seconds for a while.
    case clock(Int, for: Duration)

    /// What it is counted as.
    var kind: String {
        switch self {
        case .host(let words):
            "courantd \(words.prefix { !$0.hasPrefix("/") && !$0.hasPrefix("-") }.joined(separator: " "))"
        case .staff(let words): "courant \(words.prefix(2).joined(separator: " "))"
        case .signal(SIGHUP): "SIGHUP"
        case .signal: "SIGUSR1"
        case .kill: "kill -9"
        case .terminate: "SIGTERM"
        case .relay(let fault): ChaosDeed.fault(fault).kind
        case .database(let fault, _): fault.rawValue
        case .clock(let seconds, _): seconds > 0 ? "clock ahead" : "clock behind"
        }
    }

    /// `number` makes names of files that are not there yet.
    static func next(_ random: inout Seeded, number: Int, hasServer: Bool, hasShim: Bool, backups: URL) -> SoakDeed {
        let time = Duration.milliseconds(Int.random(in: 50...2000, using: &random))
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<10: return .host(["staff", "ls"])
        case 10..<16: return .host(["promises"])
        case 16..<24: return .host(hasServer ? ["doctor"] : ["backup", "\(backups.path)/\(number).db"])
        case 24..<30: return .host(["doctor"])
        case 30..<35: return .host(["retention", "run"])
        case 35..<38: return .host(["keys", "rotate"])
        case 38..<42: return .host(["config", "check"])
        case 42..<46: return .staff(["audit", "verify"])
        case 46..<49: return .staff(["list", "ls"])
        case 49..<52: return .staff(["subscriber", "requests", "ls"])
        case 52..<55: return .staff(["retention", "run", "--dry-run"])
        case 55..<60: return .signal(SIGHUP)
        case 60..<62: return .signal(SIGUSR1)
        case 62..<68: return .kill
        case 68..<72: return .terminate
        case 72..<86: return .relay(relayFault(time, &random))
        case 86..<93 where hasServer:
            return .database([.stop, .crash, .hang].randomElement(using: &random) ?? .stop, time * 2)
        case 93..<97 where hasShim:
            let seconds = [800, -800, 2, -2, 20_000].randomElement(using: &random) ?? 1
            return .clock(seconds * 86_400, for: time * 4)
        default: return .staff(["campaign", "ls"])
        }
    }

    private static func relayFault(_ time: Duration, _ random: inout Seeded) -> SinkFault {
        let mails = Int.random(in: 1...30, using: &random)
        let stage = Bool.random(using: &random) ? SinkFault.Stage.recipient : .content
        switch Int.random(in: 0..<7, using: &random) {
        case 0: return .hang(time * 2)
        case 1: return .hangUp(time)
        case 2: return .restart(time * 3)
        case 3: return .refuse(code: 451, at: stage, mails: mails)
        case 4: return .refuse(code: 554, at: stage, mails: mails)
        case 5: return .farewell(at: stage, mails: mails / 4 + 1)
        default: return .dropAfterDot(mails: mails / 4 + 1, keeps: Bool.random(using: &random))
        }
    }
}
