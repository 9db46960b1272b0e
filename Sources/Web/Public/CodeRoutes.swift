import CourantAPI
import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// Confirming without leaving the page: `POST /confirm` with the code that the mail carries and the sign-up's name. A wrong
/// code, a sign-up that nobody made and one that was tried too often get the same answer.
struct CodeRoutes: Sendable {
    let doors: Doors
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/subscribe/requested", use: show)
        router.post("/confirm", use: confirm)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) -> Response {
        let name = (try? request.query.single("request")).flatMap { SignUpRequest($0) }
        return RequestedPage(pages: pages, context: context, request: name).response()
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        try doors.limits.admit(request, context, doors)
        var context = context
        let sent = try await request.form()
        try doors.limits.admitToAll(doors)
        context.choose(doors.templates.languages.named(try sent.single("locale")))
        let typed = try sent.single("code") ?? ""
        let name = try sent.single("request").flatMap { SignUpRequest($0) }
        switch try await outcome(name, typed) {
        case .success(.confirmed(let lists)): return try confirmed(lists, context, isProgram: request.speaksJSON)
        case .success(.gone):
            if request.speaksJSON { throw DoorFailure.linkExpired }
            return pages.page(.expired, context, at: "/", status: .gone).keptFromRobots()
        case .failure(let complaint):
            if request.speaksJSON { return try problem(complaint, context) }
            return RequestedPage(pages: pages, context: context, request: name).response(code: typed, wrong: complaint)
        }
    }

    private func outcome(_ name: SignUpRequest?, _ typed: String) async throws -> Result<Confirmation, FieldComplaint> {
        guard typed.utf8.contains(where: { $0 != 0x20 }) else { return .failure(.codeMissing) }
        guard let name, let code = ConfirmCode(typed: typed),
            let outcome = try await doors.subscriptions.confirm(name, code: code)
        else { return .failure(.codeWrong) }
        return .success(outcome)
    }

    private func confirmed(_ lists: [MailingList], _ context: WebContext, isProgram: Bool) throws -> Response {
        if isProgram { return try .json(["status": "confirmed"]) }
        return pages.page(
            .confirmed, context, at: "/", in: pages.language(context, for: lists.first?.language),
            ["lists": lists.map { ["title": $0.title] }, "imported": false]
        ).keptFromRobots()
    }

    private func problem(_ complaint: FieldComplaint, _ context: WebContext) throws -> Response {
        let language = pages.language(context)
        let page = ErrorAnswer.Page.invalid
        return try Response(
            problem: Problem(
                type: "validation", title: pages.text("\(page.key).title", language), status: 422,
                detail: pages.text("\(page.key).detail", language),
                errors: [FieldError(field: complaint.field, message: pages.text(complaint.key, language))]))
    }
}
