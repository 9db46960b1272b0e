import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// The link at the end of every mail. A mail program presses it by a POST of its own (RFC 8058 §3.2), a person by the
/// page's button; both end here, and a genuine link gets the same 200 however often it is pressed.
struct UnsubscribeRoutes: Sendable {
    let subscriptions: Subscriptions
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/unsubscribe/{token}", use: show)
        router.post("/unsubscribe/{token}", use: unsubscribe)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(link(context), context)
    }

    @Sendable private func unsubscribe(_ request: Request, _ context: WebContext) async throws -> Response {
        let link = try link(context)
        let wish = Wish(try await request.bytes(upTo: Request.longestForm), of: request)
        // Neither button was pressed: a scanner that posts, or a program of its own mind. Ask.
        guard let wish else { return try await page(link, context, status: .badRequest) }
        let left = try await subscriptions.unsubscribe(link, everything: wish == .everything)
        let variant = "\(wish) \(left.remainder) \(left.askedCompany)"
        return pages.page(.unsubscribed, variant, context, at: "/unsubscribe/\(link.text)") {
            [
                "everything": wish == .everything, "fingerprint": left.remainder == .fingerprint,
                "asks_company": left.askedCompany,
            ]
        }.keptFromRobots()
    }

    private enum Wish {
        case thisList
        case everything

        /// A page's button posts a form. Mail programs post the words of RFC 8058 §3.2 as whatever type, with whatever around
        /// them: the words are the wish.
        init?(_ body: [UInt8], of request: Request) {
            let form = try? request.form(of: body, isTypeOptional: true).form
            if form?.all("everything").contains("yes") == true {
                self = .everything
            } else if form?.all("unsubscribe").contains("yes") == true || Self.isOneClick(body) {
                self = .thisList
            } else {
                return nil
            }
        }

        /// `List-Unsubscribe` and, as its value, `One-Click`, in any case, with white space, quotes or a part's head between.
        private static func isOneClick(_ body: [UInt8]) -> Bool {
            let text = String(decoding: body, as: UTF8.self).lowercased()
            guard let name = text.firstRange(of: "list-unsubscribe") else { return false }
            let rest = text[name.upperBound...]
            guard let value = rest.firstRange(of: "one-click") else { return false }
            // Between a name and its value stand signs, or the end of a part's head.
            let between = rest[..<value.lowerBound]
            let isHead = between.hasSuffix("\n\n") || between.hasSuffix("\r\n\r\n")
            return isHead || between == "%3d" || between.allSatisfy { !$0.isLetter && !$0.isNumber }
        }
    }

    private func page(
        _ link: UnsubscribeLink, _ context: WebContext, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let subscription = try await subscriptions.subscribed(link)
        let here = "/unsubscribe/\(link.text)"
        let language = pages.language(context, ofMail: subscription?.language)
        var values: [String: Any] = [
            "action": pages.href(here + pages.query(language, context)),
            "fingerprint": subscription?.leavesFingerprint ?? false,
            "asks_company": subscription?.list.asksCompany ?? false,
        ]
        if let subscription { values["list"] = subscription.list.title }
        return pages.page(.unsubscribe, context, at: here, in: language, status: status, values).keptFromRobots()
    }

    private func link(_ context: WebContext) throws -> UnsubscribeLink {
        guard let link = subscriptions.link(context.parameters.get("token") ?? "") else {
            throw DoorFailure.linkUnknown
        }
        return link
    }
}
