package import Hummingbird
import Logging
package import NIOCore
package import Rendering

/// What is known about one request besides the request.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The other end of the connection: the visitor, or a proxy. Never stored and never logged.
    package let peer: SocketAddress?
    /// The language that the visitor asked for, among ours.
    package var language: Language?
    /// Asked for by name, in the address or the form, and therefore kept in the page's links.
    package var isLanguageChosen = false

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress
    }

    mutating func choose(_ language: Language?) {
        guard let language else { return }
        self.language = language
        isLanguageChosen = true
    }

    /// Behind a link's path, so that the next page speaks the chosen language.
    var localeQuery: String {
        guard isLanguageChosen, let language else { return "" }
        return "?locale=\(language.code)"
    }
}

/// `?locale=` before `Accept-Language`; a form's own field comes later and goes before both.
struct LanguageChoice: RouterMiddleware {
    let languages: [Language]

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let header = request.headers[.acceptLanguage] {
            context.language = Language.preferred(acceptLanguage: header, among: languages)
        }
        context.choose(languages.named(try? request.query.single("locale")))
        return try await next(request, context)
    }
}

extension [Language] {
    /// The one of that code or tag, if it is among these.
    func named(_ tag: String?) -> Language? {
        tag.flatMap { Language($0) }.flatMap { contains($0) ? $0 : nil }
    }
}

extension Request {
    /// Empty where it cannot be read: no query decides anything that matters.
    var query: Form {
        (try? Form(urlEncoded: (uri.query ?? "").utf8)) ?? Form()
    }
}
