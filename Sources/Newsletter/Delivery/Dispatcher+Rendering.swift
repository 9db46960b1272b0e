import Foundation
import Logging
import Mail
import Synchronization

/// Between the claim and the relay: mails are made of what was claimed.
extension Dispatcher {
    func render(_ claim: Claim) async -> [OutgoingMail] {
        let now = clock.now()
        var mails: [OutgoingMail] = []
        mails.reserveCapacity(claim.count)
        for row in claim.outbox {
            let ticket = inFlightMails.withLock { $0.board(.outbox(row)) }
            do {
                let mail = try renderer.keyring.outboxMail(row.sealed)
                let domain = renderer.keyring.digest(ofDomain: mail.recipient.address.domain)
                var recipient = Recipient(kind: mail.kind, domain: domain)
                if mail.kind == .test { recipient.test = mail.reference }
                inFlightMails.withLock { $0.address(ticket, to: recipient) }
                mails.append(
                    try await renderer.mail(mail, row.id, lists: claim.lists, ticket: ticket, at: now, store: store))
            } catch {
                discard(ticket, error)
            }
        }
        for (campaign, deliveries) in claim.campaigns {
            var campaignRenderer = CampaignRenderer(renderer, campaign, lists: claim.lists, at: now)
            for delivery in deliveries {
                let ticket = inFlightMails.withLock { $0.board(.delivery(delivery, campaign: campaign.id)) }
                do {
                    let mail = try campaignRenderer.mail(delivery, ticket: ticket)
                    if mayDepart(mail, delivery, at: now) { mails.append(mail) } else { doorbell.ring() }
                } catch {
                    discard(ticket, error)
                }
            }
        }
        return mails
    }

    private func mayDepart(_ mail: OutgoingMail, _ delivery: Delivery, at now: Date) -> Bool {
        let (domain, digest) = (mail.recipient.domain, renderer.keyring.digest(ofDomain: mail.recipient.domain))
        return inFlightMails.withLock {
            $0.mayDepart(delivery, of: mail.group, ticket: mail.ticket, domain: domain, digest: digest, at: now)
        }
    }

    /// What cannot be rendered is refused here: a fault of ours that the campaign's report shows. What was resealed between
    /// the claim and now is claimed again.
    private func discard(_ ticket: Int64, _ error: any Error) {
        if case SealingFailure.unknownKey = error {
            inFlightMails.withLock { $0.note([Settled(ticket: ticket, verdict: .recalled)]) }
            return doorbell.ring()
        }
        logger.error("a mail could not be made", metadata: ["cause": "\(error.logged)"])
        let status = EnhancedStatus(class: 5, subject: 6, detail: 0)
        let reply = SMTPReply(code: 554, enhanced: status, text: "", to: .content)
        inFlightMails.withLock { $0.note([Settled(ticket: ticket, verdict: .refused(reply))]) }
        doorbell.ring()
    }
}
