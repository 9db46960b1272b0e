package import Foundation
package import Mail
import Rendering

/// Mails as people get them, for nobody: to see what a relay makes of them.
extension MailRenderer {
    /// A newsletter of each domain that one comes from, and a confirm mail. `address`: nil for our own bounce domain, where
    /// one is set. Their links lead nowhere.
    package func probes(
        to address: EmailAddress?, lists: [MailingList], at now: Date, store: any Store
    ) async throws -> [Probe] {
        var probes: [Probe] = []
        for list in newsletters(of: lists) {
            let (id, recipient, way) = ways(address, from: list.sender.address)
            let compiled = try refusing { () throws(LintFailure) in
                try compile(CampaignFile(Self.newsletter), list: list)
            }
            let content = compiled.render(
                MailValues(
                    recipient: recipient,
                    messageID: MessageID(unique: "p.\(id.hex)", domain: list.sender.address.domain),
                    date: MailDate(now), unsubscribeURL: unsubscribeURL(id), leaveAddress: leaveAddress(id),
                    complaintAddress: way.complaints, echo: way.echo))
            probes.append(
                Probe(
                    id: id, kind: "newsletter from \(list.sender.address.domain)",
                    mail: OutgoingMail(ticket: 0, person: 0, sender: way.sender, recipient: recipient, content: content)
                ))
        }
        let (id, recipient, way) = ways(address, from: publisher.transactionalFrom.address)
        let rendered = try await mail(confirmation(to: recipient), 0, lists: [:], ticket: 0, at: now, store: store)
        probes.append(
            Probe(
                id: id, kind: "confirm mail",
                mail: OutgoingMail(
                    ticket: 0, person: 0, sender: way.sender, recipient: recipient, content: rendered.content)))
        return probes
    }

    /// One list for each sender's domain; a made-up one where none has the company's.
    private func newsletters(of lists: [MailingList]) -> [MailingList] {
        let all = lists.filter { $0.closedAt == nil && !$0.isForChecks } + [sampleList].compactMap(\.self)
        return all.reduce(into: []) { found, list in
            if !found.contains(where: { $0.sender.address.domain == list.sender.address.domain }) { found.append(list) }
        }
    }

    private func ways(
        _ address: EmailAddress?, from: EmailAddress
    ) -> (id: SubscriptionID, recipient: EmailAddress, way: WayBack) {
        let id = SubscriptionID.random()
        let way = wayBack(id, for: .probe, from: from)
        let tag = BounceTag(id, for: .probe, keyring: keyring).text
        let own = publisher.bounceDomain.map { EmailAddress(localPart: "probe+\(tag)", domain: $0) }
        return (id, address ?? own ?? from, way)
    }

    private func confirmation(to recipient: EmailAddress) -> OutboxMail {
        let language = templates.languages[0]
        return OutboxMail(
            kind: .confirm, recipient: Person(address: recipient, name: nil), language: language, list: nil,
            subscription: nil,
            values: [
                "token": Token.random().text, "code": "0000-0000", "lists": "courantd doctor mail",
                "expires_hours": "1",
                "wording": templates.string(
                    "consent.text", language: language, values: ["organisation.name": publisher.organisation.name]),
            ])
    }

    private static let newsletter = """
        ---
        subject: How newsletters arrive
        preheader: A probe
        ---

        This mail was sent by *courantd doctor mail*, to see how newsletters arrive. Nobody has subscribed to anything, and its
        links change nothing.
        """
}
