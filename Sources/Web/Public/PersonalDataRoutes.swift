import Foundation
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Newsletter
import Rendering

/// `/privacy/{token}`: what we hold about the mailbox's owner, and what they may do about it. GET shows, POST acts. A link
/// that is dead, for whatever reason, gets 410 and the way to another; text that is no link at all gets 404.
struct PersonalDataRoutes: Sendable {
    let services: WebServices
    let pages: Pages

    private var rights: Rights { services.rights }

    func add(to router: Router<WebContext>) {
        router.get("/privacy/{token}") { request, context in
            try await serve(context) { try page(try await rights.held($0), context) }
        }
        router.get("/privacy/{token}/export.json") { _, context in
            try await export(context, "my-data.json", "application/json; charset=utf-8") { try $0.json() }
        }
        router.get("/privacy/{token}/export.csv") { _, context in
            try await export(context, "my-data.csv", "text/csv; charset=utf-8; header=present") { try $0.csv() }
        }
        router.post("/privacy/{token}/name", use: rename)
        router.post("/privacy/{token}/company", use: renameCompany)
        router.post("/privacy/{token}/address", use: move)
        router.post("/privacy/{token}/restrict") { request, context in
            try await act(request, context, .restricted) { _ = try await rights.restrict(.link($0)) }
        }
        router.post("/privacy/{token}/unrestrict") { request, context in
            try await act(request, context, .unrestricted) { _ = try await rights.unrestrict(.link($0)) }
        }
        router.post("/privacy/{token}/erase") { request, context in
            let neverAgain = try await request.form(isTypeOptional: true).single("never") == "yes"
            return try await go(request, context, neverAgain: neverAgain) {
                _ = try await rights.erase(.link($0), neverAgain: neverAgain)
            }
        }
        router.post("/privacy/{token}/object") { request, context in
            try await go(request, context, neverAgain: true) { _ = try await rights.object(.link($0)) }
        }
    }

    // MARK: Seeing

    private func page(
        _ held: PersonalData, _ context: WebContext, status: HTTPResponse.Status = .ok,
        done: PersonalDataPage.Done? = nil,
        typed: PersonalDataPage.Typed = PersonalDataPage.Typed()
    ) throws -> Response {
        PersonalDataPage(pages: pages, context: context, rights: rights, link: try token(context).text)
            .response(held, status: status, done: done, typed: typed)
    }

    private func export(
        _ context: WebContext, _ name: String, _ type: String, _ write: @escaping (Export) throws -> Data
    ) async throws -> Response {
        try await serve(context) { token in
            let export = rights.export(try await rights.held(token), in: context.language)
            return Response(
                status: .ok,
                headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(name)\""],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try write(export)))
            ).keptFromRobots()
        }
    }

    // MARK: Correcting

    @Sendable private func rename(_ request: Request, _ context: WebContext) async throws -> Response {
        let typed = try await request.form(isTypeOptional: true).single("name") ?? ""
        return try await serve(context) { token in
            let name: PersonName?
            do throws(NameProblem) {
                name = try PersonName(optional: typed)
            } catch {
                let typed = PersonalDataPage.Typed(name: typed, nameWrong: FieldComplaint(error))
                return try await wrong(token, context, typed)
            }
            return try await change(token, context, .name) { try await rights.rectify(.link(token), name: name) }
        }
    }

    @Sendable private func renameCompany(_ request: Request, _ context: WebContext) async throws -> Response {
        let typed = try await request.form(isTypeOptional: true).single("company") ?? ""
        return try await serve(context) { token in
            let company: CompanyName?
            do throws(NameProblem) {
                company = try CompanyName(optional: typed)
            } catch {
                let typed = PersonalDataPage.Typed(company: typed, companyWrong: FieldComplaint(company: error))
                return try await wrong(token, context, typed)
            }
            return try await change(token, context, .company) {
                try await rights.rectify(.link(token), company: company)
            }
        }
    }

    @Sendable private func move(_ request: Request, _ context: WebContext) async throws -> Response {
        try services.limits.admit(request, context, services)
        let typed = try await request.form(isTypeOptional: true).single("address") ?? ""
        try services.limits.admitToAll(services)
        return try await serve(context) { token in
            do {
                let address = try EmailAddress(typed: typed, takesUTF8: services.health.takesUTF8)
                return try await change(token, context, .address) {
                    try await services.site.constantTime.keep {
                        try await rights.rectify(.link(token), address: address)
                    }
                }
            } catch let wrong as FieldComplaint {
                return try await self.wrong(token, context, PersonalDataPage.Typed(address: typed, addressWrong: wrong))
            } catch Refusal.invalid(field: "address", _) {
                return try await self.wrong(
                    token, context, PersonalDataPage.Typed(address: typed, addressWrong: FieldComplaint(.addressOften)))
            }
        }
    }

    private func wrong(_ token: Token, _ context: WebContext, _ typed: PersonalDataPage.Typed) async throws -> Response
    {
        try page(try await rights.held(token), context, status: .unprocessableContent, typed: typed)
    }

    // MARK: Acting

    private func act(
        _ request: Request, _ context: WebContext, _ done: PersonalDataPage.Done,
        _ act: @escaping (Token) async throws -> Void
    ) async throws -> Response {
        _ = try await request.form(isTypeOptional: true)
        return try await serve(context) { token in try await change(token, context, done) { try await act(token) } }
    }

    /// Does it, and shows the page as it is then.
    private func change(
        _ token: Token, _ context: WebContext, _ done: PersonalDataPage.Done, _ act: () async throws -> Void
    ) async throws -> Response {
        try await act()
        return try page(try await rights.held(token), context, done: done)
    }

    private func go(
        _ request: Request, _ context: WebContext, neverAgain: Bool, _ act: @escaping (Token) async throws -> Void
    ) async throws -> Response {
        if neverAgain { _ = try await request.form(isTypeOptional: true) }
        return try await serve(context) { token in
            let held = try await rights.held(token)
            try await act(token)
            return pages.page(
                .erased, context, at: "/privacy", in: pages.language(context, ofMail: held.language),
                [
                    "never": neverAgain, "fingerprint": held.leavesFingerprint, "asks_company": held.mayHaveCompany,
                ]
            ).keptFromRobots()
        }
    }

    private func serve(
        _ context: WebContext, _ answer: (Token) async throws -> Response
    ) async throws -> Response {
        do {
            return try await answer(try token(context))
        } catch Refusal.linkExpired {
            return PrivacyPage(pages: pages, context: context).lapsed()
        }
    }

    private func token(_ context: WebContext) throws -> Token {
        guard let token = Token(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return token
    }
}
