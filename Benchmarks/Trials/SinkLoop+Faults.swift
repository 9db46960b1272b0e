import CCurl
import Foundation

/// How the sink falls ill, and gets well again.
extension SinkLoop {
    /// The ailment that this stage of a mail meets, if any.
    func meet(_ stage: SinkFault.Stage) -> SinkFault? {
        guard let (fault, left) = ailment else { return nil }
        switch fault {
        case .refuse(_, stage, _), .farewell(stage, _): break
        case .dropAfterDot where stage == .content: break
        default: return nil
        }
        ailment = left > 1 ? (fault, left - 1) : nil
        return fault
    }

    func followCues() {
        while let cue = cues.first, cue.dots <= dots {
            cues.removeFirst()
            switch cue.deed {
            case .call(let body): body()
            case .fault(let fault): begin(fault)
            }
        }
    }

    func begin(_ fault: SinkFault) {
        switch fault {
        case .hang, .hangUp, .restart: spell = fault
        case .refuse(_, _, let mails), .farewell(_, let mails), .dropAfterDot(let mails, _): ailment = (fault, mails)
        }
    }

    func suffer(_ spell: SinkFault) {
        switch spell {
        case .hang(let time): pause(time)
        case .hangUp(let time):
            pause(time)
            connections.removeAll()
        case .restart(let time):
            close(listener)
            connections.removeAll()
            pause(time)
            if let (listener, _) = try? Sockets.listener(port: port) { self.listener = listener }
            cready_watch(set, listener, false, true)
        default: break
        }
    }

    private func pause(_ time: Duration) { usleep(UInt32(time / .microseconds(1))) }
}
