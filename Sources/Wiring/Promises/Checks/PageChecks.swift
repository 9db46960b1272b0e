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
        "sign-up-form", "the sign-up page is there and works without JavaScript"
    ) { inspection, _ in
        guard try await inspection.hasList() else { return .noListYet }
        let page = try await inspection.get("/")
        let action = inspection.courant.settings.http.publicURL.href("/subscribe")
        guard page.status == 200, page.text.contains("<form"), page.text.contains("action=\"\(action)\""),
            page.text.contains("name=\"email\"")
        else { return .broken("The sign-up page (status \(page.status)) has no form that posts an address.") }
        return .kept("A plain form at \(inspection.courant.settings.http.publicURL)/")
    }

    private static let captchaGuards = PromiseCheck(
        "captcha-guards", "nobody signs up without solving the captcha; `provider` narrows down which",
        parameters: ["provider": .texts]
    ) { inspection, parameters in
        let provider = inspection.courant.settings.captcha.provider
        guard provider != .none else {
            return .broken("captcha.provider is none: set one, or take this sentence out of the policy.")
        }
        let promised = parameters.texts("provider")
        guard promised.isEmpty || promised.contains(provider.rawValue) else {
            return .broken("captcha.provider is \(provider.rawValue), and not \(promised.joined(separator: " or ")).")
        }
        guard let list = try await inspection.read({ try $0.lists() }).first else { return .noListYet }
        let probe = try Canary.random(on: list)
        let answer = try await inspection.post("/subscribe", form: "email=\(probe.address.wire)")
        let digest = inspection.courant.keyring.digest(of: probe.address)
        let known = try await inspection.read { try $0.subscriptions(digest: digest) }
        return answer.status == 422 && known.isEmpty
            ? .kept("\(provider.rawValue): a sign-up without it is refused and leaves nothing")
            : .broken("A sign-up without the captcha was answered with \(answer.status).")
    }

    private static let captchaIsNamed = PromiseCheck(
        "captcha-is-named",
        "the sign-up page says which captcha guards it; `says` must stand there, `omits` must not",
        parameters: ["says": .texts, "omits": .texts]
    ) { inspection, parameters in
        guard inspection.courant.settings.captcha.provider != .none else {
            return .broken("captcha.provider is none: take this sentence out of the policy.")
        }
        guard try await inspection.hasList() else { return .noListYet }
        let page = try await inspection.get("/").text
        let lacking = parameters.texts("says").filter { !page.contains($0) }
        let forbidden = parameters.texts("omits").filter { page.contains($0) }
        guard lacking.isEmpty, forbidden.isEmpty else {
            let complaints =
                lacking.map { "does not say “\($0)”" } + forbidden.map { "still says “\($0)”" }
            return .broken("The sign-up page \(complaints.joined(separator: " and ")): see templates/locales.")
        }
        return .kept("The notice stands under the form")
    }

    private static let noCookies = PromiseCheck(
        "no-cookies", "no public page sets a cookie or loads anything from another host"
    ) { inspection, _ in
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
        return .kept("\(paths.count) pages: no cookie, nothing loaded from elsewhere")
    }

    private static let policyIsShown = PromiseCheck(
        "policy-is-shown",
        "the policy in force is published with its date, the sign-up page links to it, and everybody was told of what changes"
    ) { inspection, _ in
        let (page, form) = (try await inspection.get("/policy"), try await inspection.get("/"))
        let all = try await inspection.courant.policies.all().policies
        guard let policy = all.first(where: { $0.state == .inForce })?.policy else {
            return .notYet("No policy is published yet: start the service once, or courant policy publish.")
        }
        guard page.status == 200, page.text.contains(policy.effective) else {
            return .broken("/policy (status \(page.status)) does not show the policy with its date.")
        }
        if let untold = all.first(where: { $0.policy.isMaterial && $0.state != .earlier && $0.notice == nil }) {
            return .broken("Nobody was told of version \(untold.policy.version): courant policy notify.")
        }
        return form.text.contains("/policy")
            ? .kept("Version \(policy.version), of \(policy.effective)")
            : .broken("The sign-up page does not link to the policy.")
    }

    private static let authorityIsNamed = PromiseCheck(
        "authority-is-named", "the authority to complain to is set and named; `authority` must be part of it",
        parameters: ["authority": .texts]
    ) { inspection, parameters in
        let named = inspection.courant.settings.organisation.authority
        guard !named.isEmpty else { return .broken("organisation.authority is not set.") }
        let lacking = parameters.texts("authority").filter { !named.lowercased().contains($0.lowercased()) }
        return lacking.isEmpty
            ? .kept(named) : .broken("organisation.authority does not name \(lacking.joined(separator: ", ")).")
    }

    private static let contactIsNamed = PromiseCheck(
        "contact-is-named", "there is an address that somebody reads, on the sign-up page and in every mail"
    ) { inspection, _ in
        let contact = inspection.courant.settings.organisation.contact
        guard !contact.isEmpty, !contact.lowercased().hasPrefix("noreply"), !contact.lowercased().hasPrefix("no-reply")
        else { return .broken("organisation.contact must be an address that somebody reads.") }
        return try await inspection.get("/").text.contains(contact)
            ? .kept(contact) : .broken("The sign-up page does not name \(contact).")
    }
}

extension Inspection {
    /// Without one the sign-up page says so and has no form.
    fileprivate func hasList() async throws -> Bool { try await !read { try $0.lists() }.isEmpty }
}

extension HTTPResponse {
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
