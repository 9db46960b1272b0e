import Captcha
import CourantAPI
import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/privacy`: somebody types an address, and a link goes to it if we hold anything about it. The answer is the same for
/// every address; captcha and limits are the sign-up's.
struct PrivacyRoutes: Sendable {
    let services: WebServices
    let pages: Pages
    private let presses = Presses<Void>()

    init(services: WebServices, pages: Pages) {
        self.services = services
        self.pages = pages
    }

    func add(to router: Router<WebContext>) {
        router.get("/privacy", use: show)
        router.post("/privacy", use: ask)
        router.get("/privacy/requested", use: showRequested)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) -> Response {
        PrivacyPage(pages: pages, context: context).response()
    }

    @Sendable private func showRequested(_ request: Request, _ context: WebContext) -> Response {
        let veiled = (try? request.query.single("to")) ?? ""
        let address = services.subscriptions.unveil(veiled)
        return pages.page(
            .privacyRequested, context, at: "/privacy/requested" + (address == nil ? "" : "?to=\(veiled)"),
            address.map { ["address": $0.wire] } ?? [:]
        ).with(.cacheControl, "no-cache")
    }

    @Sendable private func ask(_ request: Request, _ context: WebContext) async throws -> Response {
        try services.limits.admit(request, context, services)
        var context = context
        let isProgram = request.speaksJSON
        let sent = try await request.form()
        try services.limits.admitToAll(services)
        var typed = ""
        do {
            typed = try sent.single("email") ?? ""
            context.choose(services.templates.languages.named(try sent.single("locale")))
            let captcha = try services.captcha.field.flatMap { try sent.single($0) } ?? ""
            let address = try EmailAddress(typed: typed, takesUTF8: services.health.takesUTF8)
            try services.look(atTrap: try sent.single(SignUpForm.trapField) ?? "")
            let mark = services.subscriptions.mark(captcha, [address.wire])
            try await presses.once(mark, at: services.clock.uptime()) { [context] in
                try await askFor(address, captcha, context)
            }
            if isProgram {
                return try .json(["status": "link-requested", "email": address.wire], status: .accepted)
            }
            return Response(status: .seeOther, headers: [.location: pages.href(requested(address, context))])
        } catch let wrong as FieldComplaint {
            return try answer([wrong], typed, context, isProgram: isProgram)
        } catch let wrong as Complaints {
            return try answer(wrong.complaints, typed, context, isProgram: isProgram)
        } catch let failure as FormFailure where !isProgram && failure.isDuplicate {
            let text = pages.text("\(ErrorAnswer.Page.duplicate.key).detail", pages.language(context))
            return PrivacyPage(pages: pages, context: context)
                .response(typed, status: .unprocessableContent, general: text)
        }
    }

    private func requested(_ address: EmailAddress, _ context: WebContext) -> String {
        let locale = context.isLanguageChosen ? context.language.map { "&locale=\($0.code)" } ?? "" : ""
        return "/privacy/requested?to=\(services.subscriptions.veil(address))\(locale)"
    }

    private func askFor(_ address: EmailAddress, _ captcha: String, _ context: WebContext) async throws {
        try await services.ask(captcha, context)
        let language = pages.language(context)
        try await services.site.constantTime.keep { try await services.rights.requestLink(address, language: language) }
    }

    private func answer(
        _ complaints: [FieldComplaint], _ typed: String, _ context: WebContext, isProgram: Bool
    ) throws -> Response {
        let isOutage = complaints.areAnOutage
        let status: HTTPResponse.Status = isOutage ? .serviceUnavailable : .unprocessableContent
        let page = PrivacyPage(pages: pages, context: context)
        let answer =
            try isProgram
            ? SignUpPage(pages: pages, context: context, offered: []).problem(status, complaints)
            : page.response(typed, status: status, wrong: complaints)
        return isOutage ? answer.with(.retryAfter, "60") : answer
    }
}

extension EmailAddress {
    /// Throws for what cannot be written to.
    init(typed text: String, takesUTF8: Bool) throws(FieldComplaint) {
        do throws(Fault) {
            try self.init(pasted: text)
        } catch {
            throw FieldComplaint(error)
        }
        if needsSMTPUTF8, !takesUTF8 { throw FieldComplaint(.emailNotASCII) }
    }
}

/// The form that asks for the link: empty, with what is wrong beside each field, or after a link that no longer works.
struct PrivacyPage {
    let pages: Pages
    let context: WebContext

    func response(
        _ email: String = "", status: HTTPResponse.Status = .ok, wrong complaints: [FieldComplaint] = [],
        general: String? = nil, lapsed: Bool = false
    ) -> Response {
        let language = pages.language(context)
        var errors: [String: Any] = [:]
        for complaint in complaints { errors[complaint.field] = pages.text(complaint, language) }
        if let general { errors["form"] = general }
        var values: [String: Any] = [
            "email": email, "locale": language.code, "lapsed": lapsed, "has_errors": !errors.isEmpty, "errors": errors,
        ]
        if let widget = pages.site.widget { values["captcha"] = widget.values }
        return pages.page(.privacy, context, at: "/privacy", status: status, values)
            .with(.contentSecurityPolicy, ContentPolicy(signingUpAt: pages.site).text)
            .with(.cacheControl, "no-cache")
    }

    /// What stands behind a link to somebody's data once it is dead, for whatever reason.
    func lapsed() -> Response { response(status: .gone, lapsed: true).keptFromRobots() }
}
