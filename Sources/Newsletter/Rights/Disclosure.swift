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
    package let transfers: String
    package let retention: String
    package let rights: [String]
    package let complaints: String
    package let automatedDecisions: String
}

/// Makes disclosures of the locales' words (`disclosure.…`) and of who takes part in this installation.
package struct Disclosures: Sendable {
    let templates: Templates
    let masthead: Masthead
    let parties: Parties

    package struct Parties: Sendable {
        /// Hosts that mail is handed to.
        package let relays: [String]
        /// The captcha's provider, where it is another company.
        package let captcha: String?
        /// Whom to complain to.
        package let authority: String

        package init(relays: [String], captcha: String?, authority: String) {
            self.relays = relays
            self.captcha = captcha
            self.authority = authority
        }
    }

    package init(templates: Templates, masthead: Masthead, parties: Parties) {
        self.templates = templates
        self.masthead = masthead
        self.parties = parties
    }

    private static let rights = ["access", "rectification", "erasure", "restriction", "portability", "objection"]

    /// The locale keys that are asked for by name.
    package static let localeKeys =
        [
            "purposes", "categories", "relay", "captcha", "transfers", "transfers_captcha", "retention",
            "retention_subscription", "complaints", "complaints_authority", "automated",
        ].map { "disclosure.\($0)" } + rights.map { "disclosure.rights.\($0)" }
        + LegalBasis.allCases.map { "disclosure.bases.\($0.rawValue)" }

    package func disclosure(in language: Language) -> Disclosure {
        func words(_ key: String) -> String { self.words(key, language) }
        let organisation = masthead.organisation
        var recipients = parties.relays.map { Disclosure.Recipient(name: $0, role: words("relay")) }
        if let captcha = parties.captcha {
            recipients.append(Disclosure.Recipient(name: captcha, role: words("captcha")))
        }
        return Disclosure(
            controller: Disclosure.Controller(
                name: organisation.name, address: organisation.address, contact: organisation.contact),
            purposes: words("purposes"), categories: words("categories"), recipients: recipients,
            transfers: words(parties.captcha == nil ? "transfers" : "transfers_captcha"),
            retention: words("retention"), rights: Self.rights.map { words("rights.\($0)") },
            complaints: words(parties.authority.isEmpty ? "complaints" : "complaints_authority"),
            automatedDecisions: words("automated"))
    }

    /// Why we may write to them.
    package func basis(of subscription: Subscription, in language: Language) -> String {
        words("bases.\(subscription.basis.rawValue)", language)
    }

    /// How long this one is kept: the list's rule, in words.
    package func retention(of subscription: Subscription, in language: Language) -> String {
        guard let days = subscription.list.retention.terms[subscription.class] else {
            return words("retention_subscription", language)
        }
        return words("retention_term", language, ["days": String(days)])
    }

    private func words(_ key: String, _ language: Language, _ more: [String: String] = [:]) -> String {
        templates.string(
            "disclosure.\(key)", language: language,
            values: [
                "organisation": masthead.organisation.name, "contact": masthead.organisation.contact,
                "authority": parties.authority, "captcha": parties.captcha ?? "",
            ].merging(more) { $1 })
    }
}
