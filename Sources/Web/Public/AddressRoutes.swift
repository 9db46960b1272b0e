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
        guard let lists = try await rights.changeable(token) else { return lapsed(context) }
        return page(.address, lists, token, context)
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        do {
            return page(.moved, try await rights.confirmChange(token), token, context)
        } catch Refusal.linkExpired {
            return lapsed(context)
        }
    }

    private func page(_ page: Page, _ lists: [MailingList], _ token: Token, _ context: WebContext) -> Response {
        let here = "/address/\(token.text)"
        return pages.page(
            page, context, at: here, in: pages.language(context, for: lists.first?.language),
            ["action": pages.href(here + context.localeQuery), "lists": lists.map { ["title": $0.title] }]
        ).keptFromRobots()
    }

    private func lapsed(_ context: WebContext) -> Response {
        PrivacyPage(pages: pages, context: context).lapsed()
    }

    private func token(_ context: WebContext) throws -> Token {
        guard let token = Token(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return token
    }
}
