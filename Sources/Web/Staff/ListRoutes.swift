import CourantAPI
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/api/v1/lists`
struct ListRoutes: Sendable {
    let lists: Lists
    let site: PublicSite

    func add(to door: StaffDoor) {
        door.on(.get, "lists", .see) { _ in
            try .json(ListsInfo(lists: await lists.all().map { ListInfo($0) }))
        }
        door.on(.get, "lists/{slug}", .see) { call in try .json(ListInfo(await lists.show(call.slug()))) }
        door.on(.post, "lists", .edit, create)
        door.on(.patch, "lists/{slug}", .edit, edit)
        door.on(.post, "lists/{slug}/close", .edit) { call in try .json(ListInfo(await lists.close(call.slug()))) }
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
        let sender = try sender(wish.senderName, wish.senderAddress, else: site.masthead.from)
        let standing = try await lists.create(
            slug, title: wish.title, description: wish.description ?? "",
            sender: sender, basis: basis, language: language, isPublic: wish.isPublic ?? true)
        return try .json(ListInfo(standing), status: .created)
    }

    @Sendable private func edit(_ call: StaffCall) async throws -> Response {
        let (slug, wish) = (try call.slug(), try await call.body(EditList.self))
        let language = try wish.language.map(language(of:))
        let current = try await lists.show(slug).list.sender
        let sender = try sender(wish.senderName, wish.senderAddress, else: current)
        let standing = try await lists.edit(slug) { list in
            list.title = wish.title ?? list.title
            list.description = wish.description ?? list.description
            if wish.senderName != nil || wish.senderAddress != nil { list.sender = sender }
            list.language = language ?? list.language
            list.isPublic = wish.isPublic ?? list.isPublic
        }
        return try .json(ListInfo(standing))
    }

    /// An empty name takes the name away.
    private func sender(_ name: String?, _ address: String?, else standard: Correspondent) throws -> Correspondent {
        var (title, mailbox) = (standard.name, standard.address)
        if let name {
            do throws(HeaderText.Problem) {
                title = name.isEmpty ? nil : try HeaderText(name)
            } catch {
                throw Refusal.invalid(
                    field: "sender_name", problem: "A sender's name is one line without control characters.")
            }
        }
        if let address {
            do throws(EmailAddress.Problem) {
                mailbox = try EmailAddress(address)
            } catch {
                throw Refusal.invalid(
                    field: "sender_address", problem: "A sender's address looks like news@example.com.")
            }
        }
        return Correspondent(name: title, address: mailbox)
    }

    private func language(of code: String) throws -> Language {
        guard let language = Language(code) else {
            throw Refusal.invalid(field: "language", problem: "A language is a code such as en.")
        }
        return language
    }
}

extension ListInfo {
    init(_ standing: Lists.Standing) {
        let list = standing.list
        self.init(
            slug: list.slug.text, title: list.title, description: list.description, basis: list.basis.rawValue,
            senderName: list.sender.name?.text ?? "", senderAddress: list.sender.address.wire,
            language: list.language.code,
            isPublic: list.isPublic, active: standing.active, pending: standing.pending, createdAt: list.createdAt,
            closedAt: list.closedAt)
    }
}
