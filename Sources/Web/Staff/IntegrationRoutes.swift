import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/api/v1/subscriptions`: what a web shop, till or CRM does for the people that it knows. Its answers are the same for every
/// address, whatever we know of it, and its login does nothing else.
struct IntegrationRoutes: Sendable {
    let services: WebServices
    let pages: Pages
    /// By the Idempotency-Key, what came with it.
    private let calls = Presses<Data>(memory: .seconds(24 * 3600))

    init(services: WebServices, pages: Pages) {
        self.services = services
        self.pages = pages
    }

    func add(to router: StaffRouter) {
        router.on(.post, "subscriptions", .subscribe, request)
        router.on(.delete, "subscriptions", .subscribe, remove)
    }

    @Sendable private func request(_ call: StaffCall) async throws -> Response {
        let key = try call.idempotencyKey()
        try services.limits.admit(call.member, services)
        let wish = try await call.body(RequestSubscription.self)
        let list = try call.list(wish.list)
        let signUp = try await signUp(wish, on: list, by: call.member.actor)
        let subscriptions = services.subscriptions
        let mark = subscriptions.mark("body", wish.words) ?? Data()
        let first = try await calls.once(
            subscriptions.mark("key", [call.member.name, key]), at: services.clock.uptime()
        ) {
            try await services.site.constantTime.keep { _ = try await subscriptions.request(signUp) }
            return mark
        }
        guard first == mark else { throw Refusal.idempotencyKeyReused }
        return try .json(["status": "confirmation-requested"], status: .accepted)
    }

    @Sendable private func remove(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(RemoveSubscription.self)
        let list = try call.list(wish.list)
        let address = try EmailAddress(wished: wish.email, field: "email")
        try await services.site.constantTime.keep {
            try await services.subscriptions.remove(address, from: list, by: call.member.actor)
        }
        return Response(status: .noContent)
    }

    private func signUp(_ wish: RequestSubscription, on list: Slug, by actor: Actor) async throws -> SignUp {
        let behalf = try SignUp.Behalf(actor: actor, source: wish.source)
        let found = try await listed(list)
        let (language, asksCompany) = (
            services.templates.languages.named(wish.locale) ?? found.language, found.asksCompany
        )
        return SignUp(
            person: try person(wish, asksCompany: asksCompany), lists: [list], language: language,
            consentText: pages.consent(language, asksCompany: asksCompany),
            policy: try await services.policies.board().inForce?.version ?? "-", behalf: behalf)
    }

    private func person(_ wish: RequestSubscription, asksCompany: Bool) throws -> Person {
        let address = try EmailAddress(wished: wish.email, field: "email")
        guard !address.needsSMTPUTF8 || services.health.takesUTF8 else {
            throw Refusal.invalid(field: "email", problem: "Our mail server takes no letters but a to z before the @.")
        }
        let company = try CompanyName(wished: wish.company, field: "company")
        guard company == nil || asksCompany else {
            throw Refusal.invalid(
                field: "company",
                problem: "This list does not ask for the company, and would not keep it: leave it out.")
        }
        return Person(address: address, name: try PersonName(wished: wish.name, field: "name"), company: company)
    }

    private func listed(_ slug: Slug) async throws -> MailingList {
        if let list = try await services.lists.offered().first(where: { $0.slug == slug }) { return list }
        return try await services.lists.show(slug).list
    }
}

extension StaffCall {
    /// One that this login is for.
    fileprivate func list(_ text: String) throws -> Slug {
        guard let slug = Slug(text), member.lists.contains(slug) else {
            throw DoorFailure.otherList(member.lists.map(\.text))
        }
        return slug
    }
}

extension RequestSubscription {
    fileprivate var words: [String] { [email, name ?? "", company ?? "", list, locale ?? "", source] }
}
