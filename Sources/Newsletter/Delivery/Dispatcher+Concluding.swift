import Foundation
import Logging
import Mail
import Synchronization

/// Behind the transaction that writes down what has landed.
extension Dispatcher {
    /// What is to be done and said once it is written down.
    func conclude(_ settlement: Settlement, of turn: Turn) {
        for (campaign, stop) in settlement.stopped {
            relay.recall(campaign)
            logger.tell(stop, of: campaign)
        }
        for (campaign, stop) in settlement.recounted { logger.tell(recount: stop, of: campaign) }
        for mail in settlement.givenUp {
            logger.warning(
                "a mail was given up",
                metadata: [
                    "kind": "\(mail.kind)", "status": "\(mail.status)", "attempts": "\(mail.attempts)",
                    "cause": "\(RefusalCause.meaning(of: mail.status))",
                ])
        }
        let isTaken = turn.settled.contains { settledMail in
            if case .outbox = settledMail.inFlightMail { settledMail.verdict == .accepted } else { false }
        }
        switch inFlightMails.withLock({ $0.note(objection: settlement.objection, isTaken: isTaken) }) {
        case .begins(let status):
            logger.warning(
                "mails are refused because of us: they are kept and tried again",
                metadata: ["status": "\(status)", "cause": "\(RefusalCause.meaning(of: status))"])
        case .ends: logger.info("mails that were refused because of us are taken again")
        case nil: break
        }
    }
}

extension Logger {
    /// Nobody has done it who would know.
    func tell(_ stop: Stop, of campaign: Int64) {
        warning("a campaign was paused by the service", metadata: stop.metadata(of: campaign))
    }

    /// What was under way at the stop has landed: so staff are shown it.
    func tell(recount stop: Stop, of campaign: Int64) {
        notice("a paused campaign's last answers have come", metadata: stop.metadata(of: campaign))
    }
}

extension Stop {
    fileprivate func metadata(of campaign: Int64) -> Logger.Metadata {
        [
            "campaign": "\(campaign)", "cause": "\(word.rawValue)", "refused": "\(refused)", "answers": "\(answers)",
        ]
    }
}

/// Whether transactional mail is refused for our sake: said once when it begins, and once when it is over.
enum Objection {
    case begins(status: String)
    case ends
}
