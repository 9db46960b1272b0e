import CourantAPI
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/api/v1/lists`
struct ListRoutes: Sendable {
    let lists: Lists
    let site: PublicSite

    func add(to router: StaffRouter) {
        router.on(.get, "lists", .see) { _ in
            try .json(ListsInfo(lists: await lists.all().map { ListInfo($0) }))
        }
        router.on(.get, "lists/{slug}", .see) { call in try .json(ListInfo(await lists.show(call.slug()))) }
        router.on(.post, "lists", .edit, create)
        router.on(.patch, "lists/{slug}", anyOf: [.edit, .serveSubscribers], edit)
        router.on(.post, "lists/{slug}/close", .serveSubscribers) { call in
            let order = call.hasBody ? try await call.body(CloseListOrder.self) : CloseListOrder()
            return try .json(
                ListInfo(
                    await lists.close(call.slug(), expectErased: order.expectErased, by: call.member.actor)))
        }
    }

    @Sendable private func create(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(CreateList.self)
        guard let slug = Slug(wish.slug) else {
            throw Refusal.invalid(field: "slug", problem: "A slug is 1 to 40 of a-z, 0-9 and inner hyphens.")
        }
        guard let basis = LegalBasis(rawValue: wish.basis ?? LegalBasis.consent.rawValue) else {
            throw Refusal.invalid(field: "basis", problem: "A basis is consent or legitimate-interest.")
        }
        let language = try wish.language.map(language(of:)) ?? site.language
        let sender = try SenderChange(wish.senderName, wish.senderAddress).applied(to: site.publisher.from)
        var retention = RetentionRules.standard(for: basis)
        retention.take(wish.retention)
        let standing = try await lists.create(
            slug, title: wish.title, description: wish.description ?? "",
            sender: sender, basis: basis, language: language, isPublic: wish.isPublic ?? (basis == .consent),
            asksCompany: wish.asksCompany ?? false,
            retention: retention,
            by: call.member.actor)
        return try .json(ListInfo(standing), status: .created)
    }

    @Sendable private func edit(_ call: StaffCall) async throws -> Response {
        let (slug, wish) = (try call.slug(), try await call.body(EditList.self))
        // How long people are kept is for those to say who answer for them.
        if wish.retention != nil { try call.require(.serveSubscribers) }
        if wish.changesTheList || wish.retention == nil { try call.require(.edit) }
        let language = try wish.language.map(language(of:))
        let sender = try SenderChange(wish.senderName, wish.senderAddress)
        let standing = try await lists.edit(slug, expectErased: wish.expectErased, by: call.member.actor) { list in
            list.title = wish.title ?? list.title
            list.description = wish.description ?? list.description
            list.sender = sender.applied(to: list.sender)
            list.language = language ?? list.language
            list.isPublic = wish.isPublic ?? list.isPublic
            list.asksCompany = wish.asksCompany ?? list.asksCompany
            list.retention.take(wish.retention)
        }
        return try .json(ListInfo(standing))
    }

    private func language(of code: String) throws -> Language {
        guard let language = Language(code) else {
            throw Refusal.invalid(field: "language", problem: "A language is a code such as en.")
        }
        return language
    }
}

/// What is to become of a list's sender; what is absent stays.
private struct SenderChange: Sendable {
    private let name: HeaderText?
    /// An empty name was given: it goes.
    private let removesName: Bool
    private let address: EmailAddress?

    init(_ name: String?, _ address: String?) throws {
        removesName = name.map { $0.isEmpty } ?? false
        do throws(HeaderText.Problem) {
            self.name = if let name, !name.isEmpty { try HeaderText(name) } else { nil }
        } catch {
            throw Refusal.invalid(
                field: "sender_name", problem: "A sender's name is one line without control characters.")
        }
        do throws(EmailAddress.Problem) {
            self.address = if let address { try EmailAddress(address) } else { nil }
        } catch {
            throw Refusal.invalid(
                field: "sender_address", problem: "A sender's address looks like news@example.com.")
        }
    }

    func applied(to sender: Correspondent) -> Correspondent {
        Correspondent(name: removesName ? nil : name ?? sender.name, address: address ?? sender.address)
    }
}

extension ListInfo {
    init(_ standing: Lists.Standing) {
        let list = standing.list
        self.init(
            slug: list.slug.text, title: list.title, description: list.description, basis: list.basis.rawValue,
            senderName: list.sender.name?.text ?? "", senderAddress: list.sender.address.wire,
            language: list.language.code,
            isPublic: list.isPublic, asksCompany: list.asksCompany, active: standing.active, pending: standing.pending,
            createdAt: list.createdAt,
            closedAt: list.closedAt, retention: RetentionInfo(list.retention),
            held: standing.held > 0 ? standing.held : nil)
    }
}
