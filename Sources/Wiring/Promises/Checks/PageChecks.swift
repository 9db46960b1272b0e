import Foundation
import Mail
import Newsletter
import Outbound
import Rendering

/// What visitors see.
extension PromiseCheck {
    static let pages = [
        signUpForm, captchaGuards, captchaIsNamed, noCookies, policyIsShown, authorityIsNamed, contactIsNamed,
    ]

    private static let signUpForm = PromiseCheck(
        "sign-up-form", "the sign-up page is there and works without JavaScript", reaches: .seen
    ) { inspection, _ in
        guard try await inspection.hasList() else { return .noListYet }
        let page = try await inspection.get("/")
        let action = inspection.courant.settings.http.publicURL.href("/subscribe")
        guard page.status == 200, page.text.contains("<form"), page.text.contains("action=\"\(action)\""),
            page.text.contains("name=\"email\"")
        else { return .broken("The sign-up page (status \(page.status)) has no form that posts an address.") }
        return .seen(
            "A plain form at \(inspection.courant.settings.http.publicURL)/",
            unseen: "whether your website leads there, or has the form of embed.js")
    }

    private static let captchaGuards = PromiseCheck(
        "captcha-guards", "nobody signs up without solving the captcha; `provider` narrows down which",
        reaches: .proven, parameters: ["provider": .texts]
    ) { inspection, parameters in
        let provider = inspection.courant.settings.captcha.provider
        guard provider != .none else {
            return .broken(
                "captcha.provider is none: set one, or take this sentence out of the policy, and its entry out of the file of promises."
            )
        }
        let promised = parameters.texts("provider")
        guard promised.isEmpty || promised.contains(provider.rawValue) else {
            return .broken("captcha.provider is \(provider.rawValue), and not \(promised.joined(separator: " or ")).")
        }
        guard let list = try await inspection.read({ try $0.lists() }).first else { return .noListYet }
        let probe = try Canary.random(on: list, keyring: inspection.courant.keyring)
        let answer = try await inspection.post("/subscribe", form: "email=\(probe.address.wire)")
        let digest = inspection.courant.keyring.digest(of: probe.address)
        let known = try await inspection.read { try $0.subscriptions(digest: digest) }
        guard answer.status == 422, known.isEmpty else {
            return .broken("A sign-up without the captcha was answered with \(answer.status).")
        }
        let words = "\(provider.rawValue): a sign-up without it is refused and leaves nothing"
        return inspection.courant.settings.captcha.onOutage == .degraded
            ? .seen(
                words,
                unseen: "the minutes when its provider cannot be asked: sign-ups are let in then (captcha.on-outage)")
            : .proven(words)
    }

    private static let captchaIsNamed = PromiseCheck(
        "captcha-is-named",
        "the sign-up page says which captcha guards it; `says` must stand there, `omits` must not",
        reaches: .seen, parameters: ["says": .texts, "omits": .texts]
    ) { inspection, parameters in
        let provider = inspection.courant.settings.captcha.provider
        guard provider != .none else {
            return .broken(
                "captcha.provider is none: take this sentence out of the policy, and its entry out of the file of promises."
            )
        }
        guard try await inspection.hasList() else { return .noListYet }
        let page = try await inspection.get("/").visibleText
        let owed = parameters.texts("says") + [provider.brand].compactMap(\.self)
        let lacking = owed.filter { !page.contains($0) }
        let forbidden = parameters.texts("omits").filter { page.contains($0) }
        guard lacking.isEmpty, forbidden.isEmpty else {
            let complaints =
                lacking.map { "does not say “\($0)”" } + forbidden.map { "still says “\($0)”" }
            return .broken("The sign-up page \(complaints.joined(separator: " and ")): see templates/locales.")
        }
        return .seen(
            provider.brand.map { "\($0) is named under the form" }
                ?? "The check is Courant’s own, and nobody else’s terms apply",
            unseen: "whether the notice says what its terms ask for: read it on the page")
    }

    private static let noCookies = PromiseCheck(
        "no-cookies",
        "no public page sets a cookie or loads anything from another host; `besides: captcha` where the sentence excepts that",
        reaches: .proven, parameters: ["besides": .texts]
    ) { inspection, parameters in
        let link = UnsubscribeLink(.random(), place: .body, keyring: inspection.courant.keyring).text
        let token = Token.random().text
        let paths = ["/", "/subscribe/requested", "/confirm/\(token)", "/unsubscribe/\(link)", "/policy", "/nowhere"]
        for path in paths {
            let page = try await inspection.get(path)
            let place = path.split(separator: "/").first.map { "/\($0)" } ?? "/"
            if page["set-cookie"] != nil { return .broken("\(place) sets a cookie.") }
            if let foreign = page.foreignResource(besides: inspection.courant.settings.http.publicURL.text) {
                return .broken("\(place) loads \(foreign).")
            }
        }
        let words = "\(paths.count) pages: no cookie, nothing loaded from elsewhere"
        guard let company = inspection.courant.settings.captcha.provider.company else { return .proven(words) }
        guard parameters.texts("besides").contains("captcha") else {
            return .broken(
                "Once the form is touched, it loads \(company), which may set cookies: take captcha.provider proof-of-work, or "
                    + "except it in the sentence (with: {besides: captcha}).")
        }
        return .seen(
            words, unseen: "what \(company) loads and sets once somebody touches the form: its own policy tells")
    }

    private static let policyIsShown = PromiseCheck(
        "policy-is-shown",
        "the policy in force is published with its date, the sign-up page links to it, and everybody was told of what changes",
        reaches: .proven
    ) { inspection, _ in
        let (page, form) = (try await inspection.get("/policy"), try await inspection.get("/"))
        let all = try await inspection.courant.policies.all().policies
        guard let policy = all.first(where: { $0.state == .inForce })?.policy else {
            return .notYet("No policy is published yet: start the service once, or courant policy publish.")
        }
        let day = inspection.courant.templates.languages.first.map { $0.day(policy.effective) } ?? policy.effective
        guard page.status == 200, page.text.replacing("\u{A0}", with: " ").contains(day) else {
            return .broken("/policy (status \(page.status)) does not show the policy with its date.")
        }
        if let untold = all.first(where: { $0.policy.isMaterial && $0.state != .earlier && $0.notice == nil }) {
            return .broken("Nobody was told of version \(untold.policy.version): courant policy notify.")
        }
        return form.text.contains("/policy")
            ? .proven("Version \(policy.version), of \(policy.effective)")
            : .broken("The sign-up page does not link to the policy.")
    }

    private static let authorityIsNamed = PromiseCheck(
        "authority-is-named",
        "the authority to complain to is set, and named in what everybody is told, in each language; `authority` must be part of it",
        reaches: .proven, parameters: ["authority": .texts]
    ) { inspection, parameters in
        let named = inspection.courant.settings.organisation.authority
        guard !named.isEmpty else { return .broken("organisation.authority is not set.") }
        let lacking = parameters.texts("authority").filter { !named.lowercased().contains($0.lowercased()) }
        guard lacking.isEmpty else {
            return .broken("organisation.authority does not name \(lacking.joined(separator: ", ")).")
        }
        let courant = inspection.courant
        let disclosures = Disclosures(
            templates: courant.templates, publisher: courant.settings.publisher, parties: courant.settings.parties)
        let silent = courant.templates.languages.filter { !disclosures.disclosure(in: $0).complaints.contains(named) }
        return silent.isEmpty
            ? .proven("\(named), in \(courant.templates.languages.count) languages")
            : .broken("What people are told in \(silent.map(\.code).joined(separator: ", ")) does not name \(named).")
    }

    private static let contactIsNamed = PromiseCheck(
        "contact-is-named", "there is an address to write to, on the sign-up page and in every mail", reaches: .seen
    ) { inspection, _ in
        let contact = inspection.courant.settings.organisation.contact
        guard !contact.isEmpty, !contact.lowercased().hasPrefix("noreply"), !contact.lowercased().hasPrefix("no-reply")
        else { return .broken("organisation.contact must be an address that somebody reads.") }
        return try await inspection.get("/").text.contains(contact)
            ? .seen(contact, unseen: "whether somebody reads what comes there: write to it")
            : .broken("The sign-up page does not name \(contact).")
    }
}

extension Settings.CaptchaChoice.Provider {
    /// The name that is the same in every language.
    fileprivate var brand: String? {
        switch self {
        case .recaptcha: "reCAPTCHA"
        case .turnstile: "Turnstile"
        case .hcaptcha: "hCaptcha"
        case .proofOfWork, .none: nil
        }
    }
}

extension Inspection {
    /// Without one the sign-up page says so and has no form.
    fileprivate func hasList() async throws -> Bool { try await !read { try $0.lists() }.isEmpty }
}

extension HTTPResponse {
    /// What stands on the page, without its markup.
    fileprivate var visibleText: String {
        text.components(separatedBy: "<").map { piece in
            piece.firstIndex(of: ">").map { String(piece[piece.index(after: $0)...]) } ?? piece
        }.joined()
    }

    /// The first thing that a browser would fetch from another host.
    fileprivate func foreignResource(besides own: String) -> String? {
        for attribute in ["src=\"", "rel=\"stylesheet\" href=\"", "srcset=\""] {
            for piece in text.components(separatedBy: attribute).dropFirst() {
                let address = String(piece.prefix { $0 != "\"" })
                if address.hasPrefix("http") || address.hasPrefix("//"), !address.hasPrefix(own) { return address }
            }
        }
        return nil
    }
}
