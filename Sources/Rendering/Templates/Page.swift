/// The pages that visitors see; each is `templates/pages/NAME.mustache`.
package enum Page: String, CaseIterable, Sendable {
    case subscribe, requested, confirm, confirmed, refuse, refused, unsubscribe, unsubscribed, keep, kept, expired
    case policy, error
    /// What we hold about somebody: the form to ask, the answer, and what follows from it.
    case privacy, held, erased, address, moved
    case privacyRequested = "privacy-requested"
}

/// What a page's variable holds, so that a template's use of it can be checked before anybody sees the page.
indirect enum Shape: Sendable {
    case text
    /// HTML made by us, which alone may stand in `{{{…}}}`.
    case html
    case flag
    case record([String: Shape])
    case list([String: Shape])

    var fields: [String: Shape] {
        switch self {
        case .record(let fields), .list(let fields): fields
        default: [:]
        }
    }
}

extension Page {
    /// The variables of this page, with those that every page has. Whoever renders a page gives these and no others.
    var variables: [String: Shape] {
        Self.everywhere.merging(own) { _, own in own }
    }

    private static let everywhere: [String: Shape] = [
        "language": .text,
        "organisation": .record(["name": .text, "address": .text, "contact": .text]),
        "languages": .list(["code": .text, "name": .text, "href": .text, "current": .flag]),
        // Before each address of ours that a template writes itself: `{{base}}/assets/style.css`.
        "base": .text, "policy_url": .text, "privacy_url": .text,
    ]

    private var own: [String: Shape] {
        switch self {
        case .subscribe: Self.subscribeForm
        case .expired: [:]
        case .requested:
            [
                "request": .text, "address": .text, "veiled": .text, "code": .text, "locale": .text,
                "has_errors": .flag, "errors": .record(["code": .text]),
            ]
        case .confirm, .refuse:
            [
                "action": .text, "refuse_action": .text, "lists": .list(["title": .text]), "imported": .flag,
                "source": .text, "done": .flag, "wordings": .list(["text": .text, "lang": .text]),
            ]
        case .confirmed:
            ["lists": .list(["title": .text]), "imported": .flag, "before": .flag, "asks_company": .flag]
        case .refused: ["blocked": .flag, "fingerprint": .flag]
        case .unsubscribe: ["action": .text, "list": .text, "fingerprint": .flag, "asks_company": .flag]
        case .unsubscribed: ["everything": .flag, "fingerprint": .flag, "asks_company": .flag]
        case .keep: ["action": .text, "list": .text, "gone": .flag, "asks_company": .flag]
        case .kept: ["list": .text, "fingerprint": .flag, "asks_company": .flag]
        case .policy:
            [
                "text": .html, "text_language": .text, "effective": .text, "version": .text, "is_earlier": .flag,
                "is_upcoming": .flag,
                "current": .record(["version": .text, "effective": .text, "href": .text]),
                "upcoming": .list(["version": .text, "effective": .text, "href": .text]),
                "earlier": .list(["version": .text, "effective": .text, "href": .text]),
            ]
        case .privacy: Self.privacyForm
        case .privacyRequested: ["address": .text]
        case .held: Self.heldData
        case .erased: ["never": .flag, "fingerprint": .flag, "asks_company": .flag]
        case .address: ["action": .text, "lists": .list(["title": .text])]
        case .moved: ["lists": .list(["title": .text]), "fingerprint": .flag, "asks_company": .flag]
        case .error: ["status": .text, "title": .text, "detail": .text]
        }
    }

    private static var privacyForm: [String: Shape] {
        [
            "email": .text, "locale": .text, "lapsed": .flag, "has_errors": .flag,
            "errors": .record(["email": .text, "captcha": .text, "remarks": .text, "form": .text]), "captcha": captcha,
        ]
    }

    private static var heldData: [String: Shape] {
        let facts: Shape = .list(["term": .text, "text": .text, "lang": .text])
        return [
            "here": .text, "query": .text, "done": .text, "has_errors": .flag,
            "errors": .record(["name": .text, "company": .text, "address": .text]), "name": .text, "company": .text,
            "asks_company": .flag, "new_address": .text,
            "subscriptions": .list(["title": .text, "facts": facts]),
            "fingerprints": .list(["list": .text, "since": .text]), "requests": .list(["due": .text]),
            "may_restrict": .flag, "may_unrestrict": .flag, "fingerprint": .flag, "about": facts,
        ]
    }

    private static var captcha: Shape {
        let widget: Shape = .record(["site_key": .text, "action": .text, "script_host": .text])
        return .record([
            "recaptcha_v2": widget, "recaptcha_invisible": widget, "recaptcha_v3": widget, "turnstile": widget,
            "hcaptcha": widget,
            "proof_of_work": widget,
        ])
    }

    private static var subscribeForm: [String: Shape] {
        [
            "lists": .list(["slug": .text, "title": .text, "description": .text, "checked": .flag]),
            "policy": .record(["version": .text, "effective": .text]),
            "none": .flag, "several": .flag, "email": .text, "name": .text, "company": .text,
            "asks_company": .flag, "locale": .text, "has_errors": .flag,
            "errors": .record([
                "email": .text, "name": .text, "company": .text, "list": .text, "captcha": .text, "remarks": .text,
                "form": .text,
            ]),
            "captcha": captcha,
        ]
    }
}
