import CourantAPI
import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// Confirming without leaving the page: `POST /confirm` with the code that the mail carries and the sign-up's name. A wrong
/// code, a sign-up that nobody made and one that was tried too often get the same answer.
struct CodeRoutes: Sendable {
    let services: WebServices
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/subscribe/requested", use: show)
        router.post("/confirm", use: confirm)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) -> Response {
        let name = (try? request.query.single("request")).flatMap { SignUpRequest($0) }
        return page(name, context, (try? request.query.single("to")) ?? "").response()
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        try services.limits.admit(request, context, services)
        var context = context
        let sent = try await request.form()
        try services.limits.admitToAll(services)
        context.choose(services.templates.languages.named(try sent.single("locale")))
        let typed = try sent.single("code") ?? ""
        let name = try sent.single("request").flatMap { SignUpRequest($0) }
        switch try await outcome(name, typed) {
        case .success(let outcome) where outcome != .gone:
            if request.speaksJSON { return try .json(["status": "confirmed"]) }
            return pages.confirmed(
                outcome, context, at: "/", in: pages.language(context, for: outcome.lists.first?.language),
                isAskedByUs: false)
        case .success:
            if request.speaksJSON { throw DoorFailure.linkExpired }
            return pages.page(.expired, context, at: "/", status: .gone).keptFromRobots()
        case .failure(let complaint):
            if request.speaksJSON { return try problem(complaint, context) }
            return page(name, context, try sent.single("to") ?? "").response(code: typed, wrong: complaint)
        }
    }

    private func page(_ name: SignUpRequest?, _ context: WebContext, _ veiled: String) -> RequestedPage {
        RequestedPage(
            pages: pages, context: context, request: name, address: services.subscriptions.unveil(veiled),
            veiled: veiled)
    }

    private func outcome(_ name: SignUpRequest?, _ typed: String) async throws -> Result<Confirmation, FieldComplaint> {
        guard typed.utf8.contains(where: { $0 != 0x20 }) else { return .failure(FieldComplaint(.codeMissing)) }
        guard let name, let code = ConfirmCode(typed: typed),
            let outcome = try await services.subscriptions.confirm(name, code: code)
        else { return .failure(FieldComplaint(.codeWrong)) }
        return .success(outcome)
    }

    private func problem(_ complaint: FieldComplaint, _ context: WebContext) throws -> Response {
        let language = pages.language(context)
        let page = ErrorAnswer.Page.invalid
        return try Response(
            problem: Problem(
                type: "validation", title: pages.text("\(page.key).title", language), status: 422,
                detail: pages.text("\(page.key).detail", language),
                errors: [FieldError(field: complaint.field, message: pages.text(complaint, language))]))
    }
}
