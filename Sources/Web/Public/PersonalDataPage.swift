import Foundation
import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// What we hold about somebody, as they read it.
struct PersonalDataPage {
    let pages: Pages
    let context: WebContext
    let rights: Rights
    let link: String

    /// What was just done, to be said at the top: `held.done.…` in the locales.
    enum Done: String, CaseIterable {
        case name, company, address, restricted, unrestricted
        var key: String { "held.done.\(rawValue)" }
    }

    /// What somebody typed that was not taken.
    struct Typed {
        var name: String?
        var nameWrong: FieldComplaint?
        var company: String?
        var companyWrong: FieldComplaint?
        var address = ""
        var addressWrong: FieldComplaint?
    }

    func response(_ held: PersonalData, status: HTTPResponse.Status, done: Done?, typed: Typed) -> Response {
        let language = pages.language(context, ofMail: held.language)
        let words = Words(pages: pages, language: language)
        var errors: [String: Any] = [:]
        if let wrong = typed.nameWrong { errors["name"] = pages.text(wrong, language) }
        if let wrong = typed.companyWrong { errors["company"] = pages.text(wrong, language) }
        if let wrong = typed.addressWrong { errors["address"] = pages.text(wrong, language) }
        let states = held.subscriptions.map(\.subscription.state)
        var values: [String: Any] = [
            "here": pages.href("/privacy/\(link)"), "query": pages.query(language, context),
            "has_errors": !errors.isEmpty,
            "errors": errors,
            "name": typed.name ?? held.subscriptions.lazy.compactMap(\.person.name?.text).first ?? "",
            "company": typed.company ?? held.subscriptions.lazy.compactMap(\.person.company?.text).first ?? "",
            "asks_company": held.mayHaveCompany,
            "new_address": typed.address,
            "subscriptions": held.subscriptions.map { held -> [String: Any] in
                ["title": held.subscription.list.title, "facts": facts(held, words)]
            },
            "fingerprints": held.fingerprints.map { fingerprint in
                [
                    "list": fingerprint.list?.text ?? words["fingerprint_all"],
                    "since": words.moment(fingerprint.since),
                ]
            },
            "requests": held.requests.map { ["due": words.moment($0.dueAt)] },
            "may_restrict": states.contains { $0 != .restricted }, "may_unrestrict": states.contains(.restricted),
            "fingerprint": held.leavesFingerprint,
            "about": about(words, asksCompany: held.mayHaveCompany),
        ]
        if let done { values["done"] = pages.text(done.key, language) }
        return pages.page(.held, context, at: "/privacy/\(link)", in: language, status: status, values)
            .keptFromRobots()
    }

    // MARK: One subscription

    private func facts(_ held: SubscriptionData, _ words: Words) -> [[String: Any]] {
        let subscription = held.subscription
        var facts = Facts(words: words)
        facts.add("address", held.person.address.wire)
        facts.add("name", held.person.name?.text ?? words["none"])
        if held.mayHaveCompany { facts.add("company", held.person.company?.text ?? words["none"]) }
        facts.add("change", held.change.map { $0.address.wire })
        facts.add("state", words["states.\(subscription.word)"])
        facts.add("class", pages.text(subscription.class.localeKey, words.language))
        facts.add("language", pages.text("language.name", subscription.language))
        facts.add("basis", rights.disclosures.basis(of: subscription, in: words.language))
        facts.add(
            "source",
            subscription.isImported
                ? words["source_import", ["source": subscription.source]] : words["source_form"])
        addConsent(of: held, to: &facts, words)
        facts.add("active_since", subscription.activeSince)
        facts.add("activity", subscription.lastActivity)
        facts.add("notified", subscription.lastNotified)
        facts.add("reminded", held.remindedAt)
        facts.add("retention", rights.disclosures.retention(of: subscription, in: words.language))
        facts.add("links", held.links.count)
        facts.add("typed", held.typedNames.isEmpty ? nil : held.typedNames.joined(separator: "; "))
        facts.add(
            "typed_company", held.typedCompanies.isEmpty ? nil : held.typedCompanies.joined(separator: "; "))
        facts.add("mails", held.mails.count)
        facts.add("deliveries", held.deliveries.isEmpty ? nil : held.deliveries.map(\.subject).joined(separator: "; "))
        facts.add("held", subscription.heldAt)
        facts.add("strikes", held.strikes?.strikes ?? 0)
        facts.add("id", subscription.id.hex)
        return facts.rows
    }

    private func addConsent(of held: SubscriptionData, to facts: inout Facts, _ words: Words) {
        guard let consent = held.subscription.consent else { return }
        if consent.isFromElsewhere {
            facts.add("confirmed_elsewhere", consent.confirmedAt)
            facts.add("evidence", held.evidence?.text)
        } else {
            facts.add(held.subscription.isImported ? "asked_by_us" : "asked", consent.askedAt)
            facts.add("confirmed", consent.confirmedAt)
        }
        if !consent.text.isEmpty || !consent.isFromElsewhere {
            facts.add(
                consent.confirmedAt == nil ? "wording_asked" : "wording", wording(held, words),
                in: held.wording?.language)
        }
        if !consent.policy.isEmpty || !consent.isFromElsewhere {
            facts.add("policy", "\(words["version"]) \(consent.policy)")
        }
    }

    private func wording(_ held: SubscriptionData, _ words: Words) -> String? {
        held.subscription.consent.map { consent in
            guard let wording = held.wording else { return words["wording_unknown", ["hash": consent.text]] }
            return words["wording", ["text": wording.text, "hash": consent.text]]
        }
    }

    private func about(_ words: Words, asksCompany: Bool) -> [[String: Any]] {
        let disclosure = rights.disclosures.disclosure(in: words.language, asksCompany: asksCompany)
        let controller = disclosure.controller
        var about = Facts(words: words, section: "about")
        about.add("controller", "\(controller.name), \(controller.address), \(controller.contact)")
        about.add("purposes", disclosure.purposes)
        about.add("categories", disclosure.categories)
        about.add(
            "recipients",
            (disclosure.recipients.map { "\($0.name): \($0.role)" } + [disclosure.othersWhoProcess])
                .joined(separator: "; "))
        about.add("transfers", disclosure.transfers)
        about.add("retention", disclosure.retention)
        about.add("rights", disclosure.rights.joined(separator: "; "))
        about.add("complaints", disclosure.complaints)
        about.add("automated", disclosure.automatedDecisions)
        return about.rows
    }

    /// The locale keys that are asked for by name.
    static let localeKeys: [String] =
        [
            "none", "source_form", "source_import", "wording", "wording_unknown", "version", "fingerprint_all",
            "facts.address", "facts.name", "facts.company", "facts.change", "facts.state", "facts.class",
            "facts.language",
            "facts.basis", "facts.source", "facts.asked", "facts.asked_by_us", "facts.confirmed",
            "facts.confirmed_elsewhere", "facts.evidence", "facts.wording",
            "facts.wording_asked", "facts.reminded", "facts.typed", "facts.typed_company", "facts.policy",
            "facts.active_since",
            "facts.activity", "facts.notified", "facts.retention", "facts.links", "facts.mails", "facts.deliveries",
            "facts.held", "facts.strikes", "facts.id",
            "about.controller", "about.purposes", "about.categories", "about.recipients", "about.transfers",
            "about.retention", "about.rights", "about.complaints", "about.automated",
        ].map { "held.\($0)" } + Subscription.State.allCases.map { "held.states.\($0.rawValue)" }
        + ["asked", "untold"].map { "held.states.\($0)" } + SubscriberClass.allCases.map(\.localeKey)
        + Done.allCases.map(\.key) + ["language.name", "language.moment"]
}

/// The locale's words below `held`.
private struct Words {
    let pages: Pages
    let language: Language

    subscript(key: String) -> String { pages.text("held.\(key)", language) }

    subscript(key: String, values: [String: String]) -> String {
        pages.templates.string("held.\(key)", language: language, values: values)
    }

    func moment(_ date: Date) -> String {
        pages.templates.moment(date, language: language, zone: pages.site.publisher.timeZone)
    }
}

/// Terms and what they are; what is not there is left out.
private struct Facts {
    let words: Words
    var section = "facts"
    var rows: [[String: Any]] = []

    /// `language` is the text's own, where it is quoted.
    mutating func add(_ key: String, _ text: String?, in language: Language? = nil) {
        guard let text else { return }
        var row = ["term": words["\(section).\(key)"], "text": text]
        row["lang"] = language?.code
        rows.append(row)
    }

    mutating func add(_ key: String, _ date: Date?) { add(key, date.map { words.moment($0) }) }

    mutating func add(_ key: String, _ count: Int) { if count > 0 { add(key, String(count)) } }
}

extension Subscription {
    /// How it came decides what is said of one that waits.
    fileprivate var word: String {
        if isUntold { return "untold" }
        return state == .pending && isImported ? "asked" : state.rawValue
    }
}

extension PersonalData {
    /// Deleting all of it leaves one.
    var leavesFingerprint: Bool { subscriptions.contains { $0.subscription.leavesFingerprint } }

    /// The person's own, for a page that was asked for in none.
    var language: Language? { subscriptions.first?.subscription.language }
}
