import Captcha
import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `GET /` and `POST /subscribe`. The answer to a sign-up is the same for every address, whatever we know of it.
struct SubscriptionRoutes: Sendable {
    let services: WebServices
    let pages: Pages
    private let presses = Presses<SignUpRequest>()

    init(services: WebServices, pages: Pages) {
        self.services = services
        self.pages = pages
    }

    func add(to router: Router<WebContext>) {
        router.get("/", use: show)
        router.post("/subscribe", use: subscribe)
        // A form that came back with errors is reloaded, or its address opened again.
        router.get("/subscribe") { _, context in
            Response(status: .seeOther, headers: [.location: pages.href("/\(context.localeQuery)")])
        }
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        var form = SignUpForm()
        let lists = request.query.all("list")
        if !lists.isEmpty { form.lists = lists }
        return try await page(context).response(form)
    }

    @Sendable private func subscribe(_ request: Request, _ context: WebContext) async throws -> Response {
        try services.limits.admit(request, context, services)
        var context = context
        let isProgram = request.speaksJSON
        let sent = try await request.form()
        try services.limits.admitToAll(services)
        var form = SignUpForm()
        do {
            form = try SignUpForm(sent, captchaField: services.captcha.field)
            context.choose(services.templates.languages.named(form.locale))
            let (lists, person) = try await checked(form)
            let mark = services.subscriptions.mark(
                form.captcha,
                [person.address.wire, form.name, form.company ?? "", form.lists?.description ?? "", form.locale ?? ""])
            let name = try await presses.once(mark, at: services.clock.uptime()) { [form, context] in
                try await register(person, lists, form, context)
            }
            return try accepted(form, person.address, name, context, isProgram: isProgram)
        } catch let wrong as Complaints {
            return try await answer(wrong.complaints, form, context, isProgram: isProgram)
        } catch let failure as FormFailure where !isProgram && failure.isDuplicate {
            let text = pages.text("\(ErrorAnswer.Page.duplicate.key).detail", pages.language(context))
            return try await page(context).response(form, status: .unprocessableContent, general: text)
        }
    }

    /// Cheap checks first: a captcha can be asked about only once.
    private func checked(_ form: SignUpForm) async throws -> (lists: [Slug], person: Person) {
        let (lists, listsWrong) = form.slugs(orElse: try await standardList(form)).parted
        let offered = try await services.lists.offered()
        let asksCompany = offered.contains { $0.asksCompany && lists?.contains($0.slug) == true }
        let (person, personWrong) = form.person(takesUTF8: services.health.takesUTF8, asksCompany: asksCompany).parted
        guard let lists, let person else { throw Complaints(listsWrong + personWrong) }
        try services.look(atTrap: form.trap)
        return (lists, person)
    }

    private func register(
        _ person: Person, _ lists: [Slug], _ form: SignUpForm, _ context: WebContext
    ) async throws -> SignUpRequest {
        try await services.ask(form.captcha, context)
        let language = try await language(context, lists)
        let policy = try await services.policies.board().inForce
        let asksCompany = form.asksCompany(try await services.lists.offered())
        do {
            return try await services.site.constantTime.keep {
                try await services.subscriptions.request(
                    SignUp(
                        person: person, lists: lists, language: language,
                        consentText: pages.consent(language, asksCompany: asksCompany), policy: policy?.version ?? "-"))
            }
        } catch Refusal.invalid(field: "list", _) {
            throw Complaints(.listUnknown)
        }
    }

    /// Who asked for no language of ours gets the list's.
    private func language(_ context: WebContext, _ lists: [Slug]) async throws -> Language {
        guard context.language == nil else { return pages.language(context) }
        let offered = try await services.lists.offered()
        return pages.language(context, for: offered.first { lists.contains($0.slug) }?.language)
    }

    private func standardList(_ form: SignUpForm) async throws -> Slug? {
        if form.lists != nil { return nil }
        if let list = services.site.defaultList { return list }
        let offered = try await services.lists.offered()
        return offered.count == 1 ? offered.first?.slug : nil
    }

    // MARK: Answers

    private func accepted(
        _ form: SignUpForm, _ address: EmailAddress, _ name: SignUpRequest, _ context: WebContext, isProgram: Bool
    ) throws -> Response {
        if isProgram {
            return try .json(
                ["status": "confirmation-requested", "request": name.text, "email": address.wire], status: .accepted)
        }
        let path = RequestedPage.path(name, to: services.subscriptions.veil(address), context)
        let target = form.next.flatMap { services.site.redirects[$0] } ?? pages.href(path)
        return Response(status: .seeOther, headers: [.location: target])
    }

    private func answer(
        _ complaints: [FieldComplaint], _ form: SignUpForm, _ context: WebContext, isProgram: Bool
    ) async throws -> Response {
        let isOutage = complaints.areAnOutage
        let status: HTTPResponse.Status = isOutage ? .serviceUnavailable : .unprocessableContent
        let page = try await page(context)
        let answer =
            try isProgram ? page.problem(status, complaints) : page.response(form, status: status, wrong: complaints)
        return isOutage ? answer.with(.retryAfter, "60") : answer
    }

    private func page(_ context: WebContext) async throws -> SignUpPage {
        SignUpPage(
            pages: pages, context: context, offered: try await services.lists.offered(),
            policy: try await services.policies.board().inForce)
    }
}

extension Result where Failure == Complaints {
    fileprivate var parted: (Success?, [FieldComplaint]) {
        switch self {
        case .success(let value): (value, [])
        case .failure(let wrong): (nil, wrong.complaints)
        }
    }
}

extension FormFailure {
    var isDuplicate: Bool { if case .duplicate = self { true } else { false } }
}
