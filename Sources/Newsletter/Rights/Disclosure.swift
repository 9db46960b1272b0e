package import Rendering

/// What the law wants everybody to be told beside their data (GDPR Art. 15(1) and (2)), in their language.
package struct Disclosure: Sendable, Encodable {
    package struct Controller: Sendable, Encodable {
        package let name: String
        package let address: String
        package let contact: String
    }

    /// Who gets to see something of it, and why.
    package struct Recipient: Sendable, Encodable {
        package let name: String
        package let role: String
    }

    package let controller: Controller
    package let purposes: String
    package let categories: String
    package let recipients: [Recipient]
    /// Whom no setting names.
    package let othersWhoProcess: String
    package let transfers: String
    package let retention: String
    package let rights: [String]
    package let complaints: String
    package let automatedDecisions: String
}

/// Makes disclosures of the locales' words (`disclosure.…`) and of who takes part in this installation.
package struct Disclosures: Sendable {
    let templates: Templates
    let publisher: Publisher
    let parties: Parties

    package struct Parties: Sendable {
        /// Hosts that mail is handed to.
        package let relays: [String]
        /// The captcha's provider, where it is another company.
        package let captcha: String?
        /// Who is told of events, in the words of whoever runs this; nil: nobody.
        package let receiver: String?
        /// Whom to complain to.
        package let authority: String

        package init(relays: [String], captcha: String?, receiver: String? = nil, authority: String) {
            self.relays = relays
            self.captcha = captcha
            self.receiver = receiver
            self.authority = authority
        }

        /// By way of which machines our mails leave, as far as the settings know.
        func relays(in language: Language, _ templates: Templates) -> String {
            relays.map { host in
                guard Self.isHere(host) else { return host }
                return templates.string("disclosure.here", language: language, values: ["host": host])
            }.joined(separator: ", ")
        }

        static func isHere(_ host: String) -> Bool {
            host == "localhost" || host == "::1" || host == "[::1]" || host.utf8.starts(with: "127.".utf8)
        }
    }

    package init(templates: Templates, publisher: Publisher, parties: Parties) {
        self.templates = templates
        self.publisher = publisher
        self.parties = parties
    }

    /// The locales' word for it, where a sentence says what is stored.
    package static let asksCompany = "asks_company"

    private static let rights = ["access", "rectification", "erasure", "restriction", "portability", "objection"]

    /// The locale keys that are asked for by name.
    package static let localeKeys =
        [
            "purposes", "categories", "relay", "relay_here", "captcha", "recipients_more", "transfers",
            "transfers_captcha", "receiver", "transfers_receiver",
            "here", "retention", "retention_subscription", "retention_term", "retention_pending",
            "retention_restricted",
            "bases.consent_asked", "complaints", "complaints_authority", "automated",
        ].map { "disclosure.\($0)" } + rights.map { "disclosure.rights.\($0)" }
        + LegalBasis.allCases.map { "disclosure.bases.\($0.rawValue)" }

    /// `asksCompany`: one of the lists that it is about does.
    package func disclosure(in language: Language, asksCompany: Bool = false) -> Disclosure {
        func words(_ key: String) -> String {
            self.words(key, language, asksCompany ? [Self.asksCompany: "yes"] : [:])
        }
        let organisation = publisher.organisation
        var recipients = parties.relays.map { host in
            Disclosure.Recipient(name: host, role: words(Parties.isHere(host) ? "relay_here" : "relay"))
        }
        if let captcha = parties.captcha {
            recipients.append(Disclosure.Recipient(name: captcha, role: words("captcha")))
        }
        if let receiver = parties.receiver {
            recipients.append(Disclosure.Recipient(name: receiver, role: words("receiver")))
        }
        let transfers = words(parties.captcha == nil ? "transfers" : "transfers_captcha")
        return Disclosure(
            controller: Disclosure.Controller(
                name: organisation.name, address: organisation.address, contact: organisation.contact),
            purposes: words("purposes"), categories: words("categories"), recipients: recipients,
            othersWhoProcess: words("recipients_more"),
            transfers: parties.receiver == nil ? transfers : "\(transfers) \(words("transfers_receiver"))",
            retention: words("retention"), rights: Self.rights.map { words("rights.\($0)") },
            complaints: words(parties.authority.isEmpty ? "complaints" : "complaints_authority"),
            automatedDecisions: words("automated"))
    }

    /// Why we may write to them.
    package func basis(of subscription: Subscription, in language: Language) -> String {
        let isOpen = subscription.state == .pending && subscription.consent != nil
        return words("bases.\(isOpen ? "consent_asked" : subscription.basis.rawValue)", language)
    }

    /// How long this one is kept: the list's rule, in words.
    package func retention(of subscription: Subscription, in language: Language) -> String {
        if subscription.state == .restricted { return words("retention_restricted", language) }
        if subscription.state == .pending, subscription.consent != nil { return words("retention_pending", language) }
        guard let days = subscription.list.retention.terms[subscription.class] else {
            return words("retention_subscription", language)
        }
        let end = subscription.lastActivity + .days(days)
        return words(
            "retention_term", language, ["days": String(days), "until": end.day(in: language, publisher.timeZone)])
    }

    private func words(_ key: String, _ language: Language, _ more: [String: String] = [:]) -> String {
        templates.string(
            "disclosure.\(key)", language: language,
            values: [
                "organisation": publisher.organisation.name, "contact": publisher.organisation.contact,
                "authority": parties.authority, "captcha": parties.captcha ?? "",
                "receiver": parties.receiver ?? "", "relays": parties.relays(in: language, templates),
            ].merging(more) { $1 })
    }
}
