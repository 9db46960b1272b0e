import CoreMetrics
import Foundation
import Mail

/// What becomes of a transactional mail. Somebody waits for it: it is given up when its recipient's mailbox cannot have it, or
/// when the schedule is at its end, and never for something that is our affair.
extension Transaction {
    /// Not for what was accepted. A mail in doubt is sent again, with the same Message-ID: better twice than not at all.
    func settle(_ mail: ClaimedOutboxMail, _ settledMail: SettledMail, _ settlement: inout Settlement, at now: Date)
        throws
    {
        switch settledMail.verdict {
        case .accepted, .withdrawn: try deleteOutbox(mail.id)
        case .unsent(.addressNeedsUTF8): try tryLater(mail, settledMail, status: "5.6.7", &settlement, at: now)
        // Nothing was held against this mail: it is due as it was, as soon as the relay answers.
        case .recalled, .unsent: try releaseOutbox(mail.id)
        case .later(let reply): try tryLater(mail, settledMail, status: reply.status, &settlement, at: now)
        case .inDoubt: try tryLater(mail, settledMail, status: nil, &settlement, at: now)
        case .refused(let reply):
            switch RefusalCause(reply) {
            case .dead: try holdRecipient(of: mail, settledMail, reply.status, &settlement, at: now)
            case .mailbox: try giveUp(mail, settledMail, status: reply.status, &settlement)
            case .ours, .unclear:
                settlement.objection = reply.status
                Measures.heldBack.increment()
                try tryLater(mail, settledMail, status: reply.status, &settlement, at: now)
            }
        }
    }

    private func tryLater(
        _ mail: ClaimedOutboxMail, _ settledMail: SettledMail, status: String?, _ settlement: inout Settlement,
        at now: Date
    ) throws {
        guard let delay = RetrySchedule.delay(after: mail.attempts + 1) else {
            return try giveUp(mail, settledMail, status: status ?? "in doubt", &settlement)
        }
        let refused = if case .later = settledMail.verdict { nil as String? } else { status }
        try putOffOutbox(mail.id, until: now + delay, attempts: mail.attempts + 1, status: refused)
    }

    /// Where it is the subscription's own address. What was to be said then waits with it: it goes as soon as somebody is
    /// released, and with whoever is erased.
    private func holdRecipient(
        of mail: ClaimedOutboxMail, _ settledMail: SettledMail, _ status: String, _ settlement: inout Settlement,
        at now: Date
    ) throws {
        guard let id = mail.subscription, let recipient = settledMail.recipient, recipient.isTheirs else {
            return try giveUp(mail, settledMail, status: status, &settlement)
        }
        try hold(id, Hold(status: status, campaign: nil, domain: recipient.domain), at: now)
        guard recipient.kind?.outlastsHold == true else {
            return try giveUp(mail, settledMail, status: status, &settlement)
        }
        try putOffOutbox(
            mail.id, until: now + Bounces.decisionTerm + .days(1), attempts: mail.attempts, status: status)
    }

    /// Whoever signs up once more is written to at once, for this mail has not arrived.
    private func giveUp(
        _ mail: ClaimedOutboxMail, _ settledMail: SettledMail, status: String, _ settlement: inout Settlement
    ) throws {
        try deleteOutbox(mail.id)
        if let id = mail.subscription { try forgetNotification(of: id) }
        let kind = settledMail.recipient?.kind?.rawValue ?? "unknown"
        settlement.givenUp.append((kind, status, mail.attempts + 1))
        Measures.givenUp.increment()
    }
}

extension OutboxMail.Kind {
    /// To the address of the subscription that it belongs to.
    var goesToSubscriber: Bool {
        switch self {
        case .confirm, .importConfirm, .broughtConfirm, .welcome, .alreadySubscribed, .stillInterested, .firstNotice,
            .announcement,
            .privacyLink, .restrictionLifted:
            true
        case .privacyFingerprint, .changeAddress, .changeNotice, .test: false
        }
    }

    /// Worth saying after days.
    var outlastsHold: Bool {
        [.confirm, .importConfirm, .broughtConfirm, .welcome, .firstNotice, .announcement].contains(self)
    }
}
