import Foundation
import Mail
import Rendering

/// Makes one turn's mails of one campaign. What the readers of a list in a language have in common is made once, and is
/// most often that of the next reader too.
struct CampaignRenderer {
    let renderer: MailRenderer
    let campaign: Campaign
    /// By slug, for a notice that goes to all of them.
    let lists: [Slug: MailingList]
    let now: Date
    private var edition: Edition?

    private struct Edition {
        let list: Slug?
        let language: Language?
        let sender: EmailAddress
        let asksCompany: Bool
        let compiled: CompiledMail
        let date: MailDate
    }

    init(_ renderer: MailRenderer, _ campaign: Campaign, lists: [Slug: MailingList], at now: Date) {
        self.renderer = renderer
        self.campaign = campaign
        self.lists = lists
        self.now = now
    }

    /// One recipient's mail: a copy of the compiled bytes with the personal places filled in.
    mutating func mail(_ delivery: Delivery, ticket: Int64) throws -> OutgoingMail {
        let edition = try edition(for: delivery)
        let person = try renderer.keyring.person(delivery.person, of: delivery.subscription)
        // Of what does not change while the campaign runs: sent again, it is the same mail.
        let id = MessageID(
            unique: "c\(campaign.id).\(delivery.subscription.hex)", domain: campaign.list.sender.address.domain)
        let way = renderer.wayBack(delivery.subscription, of: campaign.id, from: edition.sender)
        let content = edition.compiled.render(
            MailValues(
                recipient: person.address, messageID: id, date: edition.date, name: person.name,
                company: edition.asksCompany ? person.company : nil,
                unsubscribeURL: renderer.unsubscribeURL(delivery.subscription),
                leaveAddress: renderer.leaveAddress(delivery.subscription, of: campaign.id),
                complaintAddress: way.complaints, echo: way.echo))
        return OutgoingMail(
            ticket: ticket, person: delivery.subscription.number, group: campaign.id,
            sender: way.sender, recipient: person.address, content: content)
    }

    private mutating func edition(for delivery: Delivery) throws -> Edition {
        if let edition, edition.list == delivery.list, edition.language == delivery.language { return edition }
        let list = delivery.list.flatMap { lists[$0] } ?? campaign.list
        let compiled = try renderer.compiled(campaign, for: list, in: delivery.language ?? list.language)
        let made = Edition(
            list: delivery.list, language: delivery.language, sender: list.sender.address,
            asksCompany: list.asksCompany, compiled: compiled, date: MailDate(now))
        edition = made
        return made
    }
}
