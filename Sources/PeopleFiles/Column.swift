/// What a column of a file of people holds, as far as we have a use for it. Everything else never leaves the computer.
package enum Column: String, Hashable, Sendable, CaseIterable {
    case email, name, company, language, wording, policy, evidence, `class`, source, state, basis
    case firstName = "first_name"
    case lastName = "last_name"
    case lastContact = "last_contact"
    case confirmedAt = "confirmed_at"
    case askedAt = "asked_at"
    /// Where they stand: a word, or yes.
    case standing
    /// Says yes, or when, where they have left.
    case leavingMark = "leaving_mark"
    case bounceMark = "bounce_mark"
    /// Whether the day beside it is that of a consent.
    case confirmedMark = "confirmed_mark"

    static let days: Set<Self> = [.lastContact, .confirmedAt, .askedAt]

    /// What tools, and people who write by hand, call it: in English, Norwegian, Swedish, Danish and German;
    /// a company also in Finnish.
    private static let names: [Self: [String]] = [
        .email: [
            "email", "email address", "mail", "epost", "epostadresse", "epostadress", "mailadresse", "emailadresse",
            "mailadress", "subscribed addresses", "email adresse", "mail adresse",
        ],
        .name: ["name", "full name", "fullname", "navn", "fullt navn", "namn", "vollständiger name", "display name"],
        .company: [
            "company", "company name", "organisation", "organization", "organisation name", "organization name",
            "firma",
            "firmanavn", "firmenname", "selskap", "selskapsnavn", "bedrift", "bedriftsnavn", "virksomhet",
            "virksomhetsnavn", "organisasjon", "företag", "företagsnamn", "bolag", "virksomhed", "virksomhedsnavn",
            "yritys", "yrityksen nimi", "organisaatio", "unternehmen", "unternehmensname",
        ],
        .firstName: [
            "first name", "firstname", "fname", "given name", "fornavn", "förnamn", "vorname", "prenom", "prénom",
        ],
        .lastName: [
            "last name", "lastname", "lname", "surname", "family name", "etternavn", "efternavn", "efternamn",
            "nachname",
            "familienname", "nom",
        ],
        .language: [
            "language", "lang", "locale", "preferred language", "språk", "sprache", "sprog", "bevorzugte sprache",
        ],
        .lastContact: [
            "last contact", "last contacted", "last activity", "siste kontakt", "sist kontaktet", "senaste kontakt",
            "senast kontaktad", "seneste kontakt", "letzter kontakt",
        ],
        .confirmedAt: [
            "confirmed at", "confirm time", "consent date", "date of consent", "opt in date", "samtykkedato",
            "dato for samtykke", "samtykket", "samtyckesdatum", "datum för samtycke", "einwilligungsdatum",
            "datum der einwilligung", "einwilligung am",
        ],
        .askedAt: ["asked at", "optin time", "opt in time"],
        .standing: [
            "status", "subscribed", "subscribed to emails", "subscriber type", "subscription status", "email marketing",
            "email subscription status", "marketing contact status", "abonnement", "abonniert", "påmeldt",
        ],
        .leavingMark: [
            "unsubscribed", "unsubscribed from all email", "unsub time", "unsubscribed at", "blacklisted",
            "email blacklisted",
            "blocklisted", "email blocklisted", "opted out", "deleted at", "unsubscription date", "complained at",
            "avmeldt",
            "avanmäld", "abgemeldet",
        ],
        .bounceMark: ["clean time", "email hard bounce reason", "bounced", "bounced at", "hard bounced"],
        .confirmedMark: ["double opt in"],
        .wording: ["wording"], .policy: ["policy"], .evidence: ["evidence"], .class: ["class"], .source: ["source"],
        .state: ["state"], .basis: ["basis"],
    ]

    private static let byName: [String: Self] = {
        var byName: [String: Self] = [:]
        for (column, names) in names { for name in names { byName[name] = column } }
        return byName
    }()

    /// Case, hyphens and underscores do not matter.
    static func plain(_ name: String) -> String {
        let words = name.trimmedFile.lowercased().map { "_-\u{A0}".contains($0) ? " " : $0 }
        let text = String(words).split(separator: " ").joined(separator: " ")
        return text.hasPrefix("e post") || text.hasPrefix("e mail")
            ? text.replacing("e ", with: "e", maxReplacements: 1) : text
    }

    init?(named name: String) {
        let plain = Self.plain(name)
        if plain.hasPrefix("opted out of email") {
            self = .leavingMark
        } else {
            guard let column = Self.byName[plain] else { return nil }
            self = column
        }
    }
}
