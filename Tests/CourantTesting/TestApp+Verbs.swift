package import Foundation
import Mail
package import Newsletter
package import Rendering
package import SQLStore
import Wiring

/// What a visitor or a staff member does.
extension TestApp {
    @discardableResult package func createList(
        _ slug: String, title: String = "Example News", basis: LegalBasis = .consent, asksCompany: Bool = false
    ) async throws -> MailingList {
        try await courant.lists.create(
            self.slug(slug), title: title, description: "Once a month", sender: courant.settings.mailFrom, basis: basis,
            language: .english, isPublic: true, asksCompany: asksCompany, by: .host
        ).list
    }

    /// Lets a list ask for the company, or no more.
    package func ask(company asks: Bool, on slug: String = "news") async throws {
        _ = try await courant.lists.edit(self.slug(slug), by: .host) { $0.asksCompany = asks }
    }

    package func signUp(
        _ address: String, name: String? = nil, company: String? = nil, lists: [String] = ["news"],
        language: Language = .english
    ) async throws {
        let person = Person(
            address: try EmailAddress(address), name: try name.map { try PersonName($0) },
            company: try company.map { try CompanyName($0) })
        try await courant.subscriptions.request(
            SignUp(
                person: person, lists: try lists.map { try self.slug($0) }, language: language,
                consentText: String(repeating: "ab", count: 32), policy: "1"))
    }

    /// Signs up, takes the link from the mail, and presses the button.
    package func subscribe(
        _ address: String, name: String? = nil, company: String? = nil, lists: [String] = ["news"]
    ) async throws {
        try await signUp(address, name: name, company: company, lists: lists)
        try await deliverAllMail()
        guard let link = relay.mails(to: address).last?.token(after: "/confirm/"), let token = Token(link) else {
            throw TestFailure("no confirm link came for \(address)")
        }
        _ = try await courant.subscriptions.confirm(token)
        try await deliverAllMail()
    }

    @discardableResult package func deliverAllMail() async throws -> Int {
        try await courant.dispatcher.drain()
    }

    /// The link of the newest mail to that address.
    package func unsubscribeLink(_ address: String) throws -> UnsubscribeLink {
        guard let text = relay.mails(to: address).last?.token(after: "/unsubscribe/"),
            let link = courant.subscriptions.link(text)
        else { throw TestFailure("no unsubscribe link came for \(address)") }
        return link
    }

    package func unsubscribe(_ address: String, everything: Bool = false) async throws {
        try await courant.subscriptions.unsubscribe(unsubscribeLink(address), everything: everything)
    }

    private func slug(_ text: String) throws -> Slug {
        guard let slug = Slug(text) else { throw TestFailure("\(text) is no slug") }
        return slug
    }

    package static let editor = StaffMember(
        name: "Eva", role: .sender, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)

    /// Creates a campaign and sends it off; `deliverAllMail` brings it to its recipients.
    @discardableResult package func launch(
        _ source: String = TestApp.issue, list: String = "news", at time: Date? = nil
    ) async throws -> CampaignStanding {
        let made = try await courant.campaigns.create(
            source, list: slug(list), by: Self.editor, idempotencyKey: nil)
        let plan = try await courant.campaigns.plan(made.campaign.id)
        return try await courant.campaigns.send(made.campaign.id, digest: plan.digest, expectRecipients: nil, at: time)
    }

    package static let issue = """
        ---
        subject: Sensors in spring
        preheader: Three things we learned
        ---
        # Hello {{name}}{{^name}}there{{/name}}

        Three things. See [our site](https://www.example.org/spring).
        """
}

extension TestApp {
    /// As the host's command makes it, but for the line in the audit.
    package func backup(to file: String) async throws -> Backup {
        guard let store = courant.store as? SQLiteStore else {
            throw TestFailure("\(courant.settings.store) is no file")
        }
        return try await store.backup(to: file)
    }
}

package struct TestFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

extension Language {
    package static let english = Language("en") ?? { preconditionFailure("en is a language") }()
}

extension TestApp {
    /// Waits until what another task does has come so far.
    package func until(_ condition: () async throws -> Bool) async throws {
        try await eventually("it comes so far", condition)
    }

    /// Waits until a campaign's first recipients are claimed: from then on its mails are on their way.
    package func untilStarted(_ id: Int64) async throws {
        try await until { try await courant.store.read { try $0.campaign(id)?.startedAt } != nil }
    }

    /// So many active subscribers on `news`, without the mails that made them so.
    package func fill(
        _ count: Int, domain: String = "example.org", basis: LegalBasis = .consent
    ) async throws {
        let now = clock.wall.now()
        let keyring = courant.keyring
        let list = try await courant.lists.show(slug("news")).list
        try await courant.store.write { tx in
            for number in 0..<count {
                let id = SubscriptionID.random()
                let person = Person(address: EmailAddress(localPart: "reader\(number)", domain: domain), name: nil)
                let subscription = Subscription(
                    id: id, list: list, person: try keyring.seal(person, for: id), language: .english, state: .active,
                    basis: basis, source: "form",
                    consent: Consent(text: "", policy: "1", askedAt: now, confirmedAt: now),
                    activeSince: now, lastActivity: now, lastNotified: nil)
                try tx.insert(subscription, digest: keyring.digest(of: person.address))
            }
        }
    }
}
