import Hummingbird
import Newsletter
import Rendering

/// `/address/{token}`: the button in a new mailbox. Until it is pressed, the old address stays.
struct AddressRoutes: Sendable {
    let rights: Rights
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/address/{token}", use: show)
        router.post("/address/{token}", use: confirm)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        guard let moving = try await rights.changeable(token) else { return lapsed(context) }
        return page(.address, moving, token, context)
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        do {
            return page(.moved, try await rights.confirmChange(token), token, context)
        } catch Refusal.linkExpired {
            return lapsed(context)
        }
    }

    private func page(_ page: Page, _ moving: [Subscription], _ token: Token, _ context: WebContext) -> Response {
        let here = "/address/\(token.text)"
        let language = pages.language(context, ofMail: moving.first?.language)
        var values: [String: Any] = ["lists": moving.map { ["title": $0.list.title] }]
        if page == .address { values["action"] = pages.href(here + pages.query(language, context)) }
        if page == .moved {
            values["fingerprint"] = moving.contains(where: \.leavesFingerprint)
            values["asks_company"] = moving.contains(where: \.list.asksCompany)
        }
        return pages.page(page, context, at: here, in: language, values).keptFromRobots()
    }

    private func lapsed(_ context: WebContext) -> Response {
        PrivacyPage(pages: pages, context: context).lapsed()
    }

    private func token(_ context: WebContext) throws -> Token {
        guard let token = Token(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return token
    }
}
