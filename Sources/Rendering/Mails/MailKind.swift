/// Why a mail is written. The kind decides its headers, its footer and the variables that its text may use.
package enum MailKind: String, CaseIterable, Sendable {
    case confirm
    /// The same to somebody who did not ask: whether they would like it, and where we have their address from.
    case importConfirm = "import-confirm"
    /// The same to somebody for whom another program asked: not by our form, and in no words of its own.
    case broughtConfirm = "brought-confirm"
    case welcome
    case alreadySubscribed = "already-subscribed"
    /// The link by which somebody sees what we hold about them.
    case privacyLink = "privacy-link"
    /// Says to who wished never to be written to again that nothing but a fingerprint is held.
    case privacyFingerprint = "privacy-fingerprint"
    /// Asks a new mailbox whether it is theirs.
    case changeAddress = "change-address"
    /// Tells the old one.
    case changeNotice = "change-notice"
    /// A restriction ends (GDPR Art. 18(3)).
    case restrictionLifted = "restriction-lifted"
    case newsletter
    /// Whether somebody who has been quiet for long is still to be kept.
    case stillInterested = "still-interested"
    /// Where we have somebody's address from, and their rights (GDPR Art. 14).
    case firstNotice = "first-notice"
    /// Who has consented elsewhere is told once that the list has moved here.
    case announcement
    /// A message that every subscriber must get: a change of policy.
    case notice

    /// Those whose words stand in `templates/mail/NAME.md` and in the locales.
    package static let templated: [MailKind] =
        [
            .confirm, .importConfirm, .broughtConfirm, .welcome, .alreadySubscribed, .stillInterested, .firstNotice,
            .announcement,
            .notice,
        ]
        + rights

    /// Caused by what a person asked about their data.
    private static let rights: [MailKind] = [
        .privacyLink, .privacyFingerprint, .changeAddress, .changeNotice, .restrictionLifted,
    ]

    /// Their key in the locales: `mail.KEY.subject`.
    package var key: String {
        switch self {
        case .importConfirm: "import_confirm"
        case .broughtConfirm: "brought_confirm"
        case .alreadySubscribed: "already"
        case .privacyLink: "privacy_link"
        case .privacyFingerprint: "privacy_fingerprint"
        case .changeAddress: "change_address"
        case .changeNotice: "change_notice"
        case .restrictionLifted: "restriction_lifted"
        case .stillInterested: "still"
        case .firstNotice: "first"
        default: rawValue
        }
    }

    /// Sent to a list's subscribers, who leave by its last link.
    package var isBulk: Bool { self == .newsletter || self == .notice || isPersonal }
    /// To one subscriber, about that subscription.
    private var isPersonal: Bool { [.stillInterested, .firstNotice, .announcement].contains(self) }

    /// Says why its reader gets it.
    func footer(_ ground: Ground) -> String {
        if isBulk, ground == .test { return "footer-test" }
        if isBulk, ground == .interest { return "footer-interest" }
        if isPersonal || self == .notice { return "footer-notice" }
        if isBulk { return "footer-newsletter" }
        switch self {
        case .welcome: return "footer-welcome"
        case .importConfirm: return "footer-import"
        case .broughtConfirm: return "footer-brought"
        default: return Self.rights.contains(self) ? "footer-rights" : "footer-transactional"
        }
    }
    /// RFC 2919 §2 asks for it on a list's administrative mails as well.
    var hasListID: Bool { !Self.rights.contains(self) }
    /// Not in a confirm mail: whoever did not sign up has nothing to leave, and finds "this wasn't me" in its text.
    var hasUnsubscribe: Bool { isBulk || self == .welcome || self == .alreadySubscribed }
    /// RFC 3834 §5: for mail that a machine wrote, not for what an editor did.
    var isAutomatic: Bool { !isBulk }

    /// What its text may use. Footers and letterhead have their own.
    package var variables: [MailVariable] {
        switch self {
        case .confirm: [.confirmURL, .refuseURL, .code, .lists, .expiresHours, .wording]
        case .importConfirm:
            [
                .confirmURL, .refuseURL, .lists, .expiresHours, .wording, .source, .day, .policyURL, .organisationName,
                .organisationContact,
            ]
        case .broughtConfirm: [.confirmURL, .refuseURL, .lists, .expiresHours, .wording, .organisationName]
        case .welcome: [.list, .unsubscribeURL, .receipt, .privacyPageURL, .wording, .asksCompany]
        case .alreadySubscribed: [.list, .unsubscribeURL, .siteURL, .source, .asksCompany]
        case .stillInterested: [.list, .keepURL, .until, .asksCompany]
        case .firstNotice:
            [
                .list, .source, .day, .days, .until, .relation, .relays, .receiver, .policyURL, .unsubscribeURL,
                .organisationName, .organisationContact, .asksCompany,
            ]
        case .announcement:
            [.list, .source, .day, .unsubscribeURL, .privacyPageURL, .organisationName, .asksCompany]
        case .privacyLink: [.privacyURL]
        case .privacyFingerprint: [.organisationContact]
        case .changeAddress: [.changeURL, .expiresHours]
        case .changeNotice: [.privacyPageURL]
        case .restrictionLifted: [.lists, .privacyPageURL]
        case .newsletter: [.name, .company]
        case .notice: [.name, .policyURL, .version, .effective, .asksCompany]
        }
    }

    func footerVariables(_ ground: Ground) -> [MailVariable] {
        let organisation: [MailVariable] = [.organisationName, .organisationAddress, .organisationContact]
        if self == .welcome { return organisation + [.list] }
        guard isBulk else { return organisation }
        return organisation + [.list, .unsubscribeURL, .asksCompany]
            + (footer(ground) == "footer-interest" ? [.privacyPageURL] : [])
    }
}

/// Why a list's readers are on it.
package enum Ground: Sendable, CaseIterable {
    /// They have agreed to it.
    case consent
    /// Somebody may have put them there: nothing is said about what they did.
    case interest
    /// They are not: one of us looks at what would go out.
    case test
}

/// What a mail's text can be filled with.
package enum MailVariable: String, CaseIterable, Sendable {
    case name, list, lists, receipt
    /// The recipient's, where their list asks for it and they have said it.
    case company
    /// Not empty where the list asks for the company: what is stored is said so.
    case asksCompany = "asks_company"
    /// To be typed where the person signed up.
    case code
    case confirmURL = "confirm_url"
    case refuseURL = "refuse_url"
    case unsubscribeURL = "unsubscribe_url"
    case privacyURL = "privacy_url"
    case changeURL = "change_url"
    /// Where anybody asks for such a link.
    case privacyPageURL = "privacy_page_url"
    case siteURL = "site_url"
    case keepURL = "keep_url"
    case policyURL = "policy_url"
    /// The day on which a term ends.
    case until
    /// Where an imported address comes from, and the day on which it was imported.
    case source, day
    /// The sentence that is agreed to.
    case wording
    /// What its reader is to us.
    case relation
    /// By way of which machines our mails leave.
    case relays
    /// Who is told what happens to subscriptions, where anybody is.
    case receiver
    /// How long it is kept, where there is a term.
    case days
    case expiresHours = "expires_hours"
    case organisationName = "organisation_name"
    case organisationAddress = "organisation_address"
    case organisationContact = "organisation_contact"
    /// Of a policy, and the day from which it counts.
    case version, effective

    /// May be the whole of a link's target.
    var isURL: Bool { rawValue.utf8.reversed().starts(with: "lru_".utf8) }
    /// Keeps its line breaks; in every other value they become spaces.
    var hasLines: Bool { self == .receipt }
    /// The columns it is taken to fill when text is wrapped around it.
    var usualWidth: Int { isURL ? 70 : self == .name ? 10 : 20 }
}
