package import DKIM
package import Foundation
package import Mail
package import Rendering
import Synchronization

/// Who writes: the company and the addresses its mail comes from. The same for every mail.
package struct Publisher: Sendable {
    package let publicURL: PublicURL
    package let organisation: Letterhead.Organisation
    /// For lists that name no sender of their own.
    package let from: Correspondent
    /// For confirm mails and links: another address than the newsletters', as mailbox providers ask.
    package let transactionalFrom: Correspondent
    package let replyTo: Correspondent?
    /// Where bounces go: each mail's envelope sender is an address of its own in this domain. Nil: the mail's `From`.
    package let bounceDomain: String?
    /// How the relay's owner is told whose mail it is.
    package let echo: ProviderEcho
    /// Whether what is sent to that domain comes back to us.
    package let takesMail: Bool
    /// Mailbox providers are told where to report complaints (RFC 9477).
    package let asksForComplaints: Bool
    /// Whose clock and calendar the times in mails and pages are told by.
    package let timeZone: TimeZone

    package init(
        publicURL: PublicURL, organisation: Letterhead.Organisation, from: Correspondent,
        transactionalFrom: Correspondent, replyTo: Correspondent?, bounceDomain: String? = nil,
        takesMail: Bool = false, asksForComplaints: Bool = false, echo: ProviderEcho = .none, timeZone: TimeZone
    ) {
        self.asksForComplaints = asksForComplaints
        self.echo = echo
        self.takesMail = takesMail
        self.timeZone = timeZone
        self.bounceDomain = bounceDomain
        self.publicURL = publicURL
        self.organisation = organisation
        self.from = from
        self.transactionalFrom = transactionalFrom
        self.replyTo = replyTo
    }
}

/// Makes mails of what the store holds. Confirm mail, welcome, test and campaign go through the same renderer; what is
/// the same for every recipient is compiled once and kept.
package final class MailRenderer: Sendable {
    let templates: Templates
    let publisher: Publisher
    let keyring: Keyring
    /// Nil: nothing is signed here; the relay may.
    package let signer: DKIMSigner?
    private let parties: Disclosures.Parties
    private let compiled = Mutex(Compiled())

    /// Compiled mails that are kept. More are hardly in use at once; beyond, all are forgotten.
    private static let compiledLimit = 64

    package init(
        templates: Templates, publisher: Publisher, keyring: Keyring, parties: Disclosures.Parties,
        signer: DKIMSigner? = nil
    ) {
        self.signer = signer
        self.parties = parties
        self.templates = templates
        self.publisher = publisher
        self.keyring = keyring
    }

    /// Made of one reading of the templates.
    private struct Compiled {
        var reading = 0
        var mails: [Key: CompiledMail] = [:]
    }

    struct Key: Hashable {
        let kind: MailKind
        let language: Language
        let list: Slug?
        let title: String
        let sender: Correspondent?
        let asksCompany: Bool
        let campaign: Int64?
        /// A campaign that has not begun can be given another.
        var source: String?
        var isTest = false
    }

    // MARK: Mails for the relay

    /// A mail of the outbox. Its Message-ID is the same at each attempt.
    package func mail(
        _ mail: OutboxMail, _ number: Int64, lists: [Slug: MailingList], ticket: Int64, at now: Date, store: any Store
    ) async throws -> OutgoingMail {
        let (compiled, sender) = try await compile(mail, lists: lists, store: store)
        let id = MessageID(unique: "o\(number).\(mail.reference)", domain: sender.address.domain)
        var others: [MailVariable: String] = [:]
        for (name, value) in mail.values {
            if let variable = MailVariable(rawValue: name) { others[variable] = words(value, variable, mail.language) }
        }
        if let kind = mail.values["class"].flatMap({ SubscriberClass(rawValue: $0) }) {
            others[.relation] = templates.string(kind.localeKey, language: mail.language)
        }
        if let token = mail.values["token"] {
            others[.confirmURL] = "\(publisher.publicURL)/confirm/\(token)"
            others[.refuseURL] = "\(publisher.publicURL)/confirm/\(token)/refuse"
        }
        if mail.kind == .stillInterested, let id = mail.subscription {
            others[.keepURL] = "\(publisher.publicURL)/keep/\(KeepLink(id, keyring: keyring).text)"
        }
        if let token = mail.values["privacy"] { others[.privacyURL] = "\(publisher.publicURL)/privacy/\(token)" }
        if let token = mail.values["change"] { others[.changeURL] = "\(publisher.publicURL)/address/\(token)" }
        // A test mail belongs to nobody on the list; its link is genuine and unsubscribes no one.
        let subscription = mail.subscription ?? .random()
        let way = wayBack(subscription, from: sender.address)
        let content = compiled.render(
            MailValues(
                recipient: mail.recipient.address, messageID: id, date: MailDate(now), name: mail.recipient.name,
                company: mail.recipient.company,
                unsubscribeURL: unsubscribeURL(subscription), leaveAddress: leaveAddress(subscription),
                complaintAddress: way.complaints, echo: way.echo, others: others))
        return OutgoingMail(
            ticket: ticket, person: mail.subscription?.number ?? 0, sender: way.sender,
            recipient: mail.recipient.address, content: content)
    }

    /// Days are kept as moments.
    private func words(_ value: String, _ variable: MailVariable, _ language: Language) -> String {
        guard [.day, .until].contains(variable), let moment = try? Date(value, strategy: .iso8601) else { return value }
        return moment.day(in: language, publisher.timeZone)
    }

    // MARK: Campaign files

    package func lint(_ source: String, list: MailingList?) -> [Finding] {
        let letterhead = letterhead(from: list?.sender ?? publisher.from, list: list ?? sampleList)
        return templates.lint(source, language: list?.language ?? templates.languages[0], letterhead: letterhead)
    }

    package func subject(_ source: String) throws -> String {
        try refusing { () throws(LintFailure) in try CampaignFile(source).subject }
    }

    package func listNamed(in source: String) -> Slug? {
        (try? CampaignFile(source))?.list.flatMap { Slug($0) }
    }

    /// The very bytes that would be sent to `recipient`, and what its reader would see.
    package func preview(
        _ source: String, list: MailingList, name: PersonName?, company: CompanyName? = nil, at now: Date
    ) throws -> CampaignPreview {
        let (file, compiled) = try refusing { () throws(LintFailure) in
            let file = try CampaignFile(source)
            return (file, try compile(file, list: list))
        }
        return preview(
            compiled, list: list, name: name, company: company, at: now, warnings: file.warnings + compiled.warnings)
    }

    func preview(
        _ compiled: CompiledMail, list: MailingList, name: PersonName?, company: CompanyName?, at now: Date,
        warnings: [Finding]
    ) -> CampaignPreview {
        let values = MailValues(
            recipient: EmailAddress(localPart: "reader", domain: "example.com"),
            messageID: MessageID(unique: "preview", domain: list.sender.address.domain), date: MailDate(now),
            name: name, company: company,
            unsubscribeURL: unsubscribeURL(.random()), leaveAddress: leaveAddress(.random()))
        let seen = compiled.preview(values)
        return CampaignPreview(
            subject: seen.subject, preheader: seen.preheader, from: list.sender, html: seen.html, text: seen.text,
            source: compiled.render(values), findings: warnings)
    }

    // MARK: Compiling

    private func compile(
        _ mail: OutboxMail, lists: [Slug: MailingList], store: any Store
    ) async throws -> (CompiledMail, Correspondent) {
        if let id = mail.campaign {
            let campaign = try await store.read { try $0.existing(id) }
            let compiled = try compiled(
                campaign, for: campaign.list, in: mail.language, isTest: mail.kind == .test)
            return (compiled, campaign.list.sender)
        }
        let list = mail.list.flatMap { lists[$0] }
        let kind = mail.kind.mailKind
        let from = kind.isBulk ? list?.sender ?? publisher.from : publisher.transactionalFrom
        let key = Key(
            kind: kind, language: mail.language, list: list?.slug, title: list?.title ?? "", sender: list?.sender,
            asksCompany: list?.asksCompany ?? false, campaign: nil)
        let compiled = try kept(key) {
            // Constants of this installation; what differs from mail to mail stays open.
            try self.refusing { () throws(LintFailure) in
                try self.templates.mail(
                    kind, language: mail.language,
                    letterhead: self.letterhead(from: from, list: list, about: [kind.isBulk ? "notice" : "confirm"]),
                    constants: [
                        .siteURL: self.publisher.publicURL.text, .policyURL: "\(self.publisher.publicURL)/policy",
                        .privacyPageURL: "\(self.publisher.publicURL)/privacy",
                        .relays: self.parties.relays(in: mail.language, self.templates),
                        .receiver: self.parties.receiver ?? "",
                    ])
            }
        }
        return (compiled, from)
    }

    func compiled(
        _ campaign: Campaign, for list: MailingList, in language: Language, isTest: Bool = false
    ) throws -> CompiledMail {
        if let notice = campaign.notice {
            return try compiled(notice, campaign.id, for: list, in: language, isTest: isTest)
        }
        let key = Key(
            kind: .newsletter, language: list.language, list: list.slug, title: list.title, sender: list.sender,
            asksCompany: list.asksCompany, campaign: campaign.id, source: campaign.source, isTest: isTest)
        return try kept(key) {
            try self.refusing { () throws(LintFailure) in
                try self.compile(CampaignFile(campaign.source), list: list, of: campaign.id, isTest: isTest)
            }
        }
    }

    func compile(
        _ file: CampaignFile, list: MailingList, of campaign: Int64? = nil, isTest: Bool = false
    ) throws(LintFailure) -> CompiledMail {
        var draft = file.draft(
            language: file.language ?? list.language,
            letterhead: letterhead(
                from: list.sender, list: list, about: [campaign.map { "c\($0)" } ?? "preview", "newsletter"],
                isTest: isTest))
        // What has begun goes on as it began, also where the list asks no longer: then nobody has one.
        draft.mayNameCompany = list.asksCompany || campaign != nil
        draft.constants[.privacyPageURL] = "\(publisher.publicURL)/privacy"
        return try templates.compile(draft)
    }

    func kept(_ key: Key, _ compile: () throws -> CompiledMail) throws -> CompiledMail {
        let reading = templates.reading
        if let known = compiled.withLock({ $0.reading == reading ? $0.mails[key] : nil }) { return known }
        let made = try compile()
        compiled.withLock { compiled in
            if compiled.reading != reading || compiled.mails.count >= Self.compiledLimit {
                compiled = Compiled(reading: reading)
            }
            compiled.mails[key] = made
        }
        return made
    }

    func refusing<Value>(_ body: () throws(LintFailure) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw Refusal.lint(error.findings)
        }
    }

    // MARK: What stands in every mail

    /// `about`: the campaign and the kind of mail, by which mailbox providers count complaints.
    func letterhead(
        from: Correspondent, list: MailingList?, about: [String] = [], isTest: Bool = false
    ) -> Letterhead {
        let ground: Ground = list?.basis == .legitimateInterest ? .interest : .consent
        var letterhead = Letterhead(
            from: from, replyTo: publisher.replyTo,
            list: list.flatMap { Self.listID(of: $0.slug, named: $0.title, from: from.address) },
            help: HeaderURI("\(publisher.publicURL)/"), owner: HeaderURI("mailto:\(publisher.organisation.contact)"),
            feedbackID: Self.feedbackID(about, list: list?.slug, from: from.address),
            organisation: publisher.organisation, ground: isTest ? .test : ground)
        letterhead.asksCompany = list?.asksCompany ?? false
        return letterhead
    }

    /// The sender's name of 5 to 15 characters is the domain; a list that is called like a kind of mail is left out.
    private static func feedbackID(_ about: [String], list: Slug?, from sender: EmailAddress) -> FeedbackID? {
        let name = String(
            decoding: "\(sender.domain)-news".utf8.prefix(max(5, min(15, sender.domain.utf8.count))), as: UTF8.self)
        let fields = about.dropLast() + [list?.text].compactMap(\.self) + about.suffix(1)
        return FeedbackID(Array(fields), sender: name) ?? FeedbackID(about, sender: name)
    }

    /// A list's name for machines; nil where the sender's domain is too long for it.
    package static func listID(of slug: Slug, named title: String, from sender: EmailAddress) -> ListID? {
        HeaderText(cleaning: title).flatMap { ListID(phrase: $0, identifier: "\(slug).list-id.\(sender.domain)") }
    }

    /// As long as the longest address that is made in it.
    package static func longestAddress(in domain: String) -> String {
        "complaint+\(BounceTag(.random(), keyring: .random()).text)@\(domain)"
    }

    /// By what a mail's reports come back, all by one tag, which is signed, so that nobody can forge one.
    struct WayBack {
        /// Names the subscription, and bounces come to it (VERP).
        var sender: EmailAddress
        /// Nil where no provider wants one.
        var echo: String?
        var complaints: EmailAddress?
    }

    /// No tag is signed where nothing bears it.
    func wayBack(
        _ id: SubscriptionID, of campaign: Int64? = nil, for purpose: BounceTag.Purpose = .report,
        from: EmailAddress
    ) -> WayBack {
        guard publisher.bounceDomain != nil || publisher.echo != .none else { return WayBack(sender: from) }
        let tag = BounceTag(id, campaign: campaign, for: purpose, keyring: keyring)
        func address(_ name: String) -> EmailAddress? {
            publisher.bounceDomain.map { EmailAddress(localPart: "\(name)+\(tag.text)", domain: $0) }
        }
        return WayBack(
            sender: address("bounce") ?? from, echo: publisher.echo.field(tag),
            complaints: asksForComplaints(about: from.domain) ? address("complaint") : nil)
    }

    /// RFC 9477 §3.1: of a domain that the address belongs to, and signed by its own key.
    private func asksForComplaints(about domain: String) -> Bool {
        guard publisher.asksForComplaints, let bounces = publisher.bounceDomain, let signer else { return false }
        return DomainName.isAtOrBelow(bounces, domain) && signer.keys(for: domain).contains { $0.domain == domain }
    }

    /// For mail programs that leave by mail; nil where no door is open to it.
    func leaveAddress(_ id: SubscriptionID, of campaign: Int64? = nil) -> HeaderURI? {
        guard let domain = publisher.bounceDomain, publisher.takesMail else { return nil }
        let tag = BounceTag(id, campaign: campaign, for: .leave, keyring: keyring)
        return HeaderURI("mailto:leave+\(tag.text)@\(domain)?subject=unsubscribe")
    }

    func unsubscribeURL(_ id: SubscriptionID) -> HeaderURI? {
        HeaderURI("\(publisher.publicURL)/unsubscribe/\(UnsubscribeLink(id, place: .body, keyring: keyring).text)")
    }

    /// For a file that names none: it may use what any list may give.
    var sampleList: MailingList? {
        Slug("news").map { slug in
            MailingList(
                id: 0, slug: slug, title: "News", description: "", sender: publisher.from, basis: .consent,
                language: templates.languages[0], isPublic: false, asksCompany: true, createdAt: .distantPast,
                closedAt: nil)
        }
    }
}
