import HTTPTypes
import Hummingbird
import NIOCore
import Newsletter
import Rendering

/// Makes answers of the templates: adds to each page what every page shows.
struct Pages: Sendable {
    let templates: Templates
    let site: PublicSite
    /// What each language calls itself.
    private let languageNames: [(language: Language, name: String)]

    init(_ doors: Doors) {
        templates = doors.templates
        site = doors.site
        languageNames = doors.templates.languages.map { language in
            (language, doors.templates.string("language.name", language: language))
        }
    }

    /// What the visitor asked for, else what belongs to the matter, else the site's.
    func language(_ context: WebContext, for list: Language? = nil) -> Language {
        context.language ?? list ?? site.language
    }

    /// `path` is where the same page is found by GET, for the links to its other languages.
    func page(
        _ page: Page, _ context: WebContext, at path: String, in language: Language? = nil,
        status: HTTPResponse.Status = .ok, _ own: [String: Any] = [:]
    ) -> Response {
        let language = language ?? self.language(context)
        var values = everywhere(language, path, context)
        values.merge(own) { _, own in own }
        let html = templates.page(page, language: language, values)
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentLanguage: language.code, .vary: "Accept-Language",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    private func everywhere(_ language: Language, _ path: String, _ context: WebContext) -> [String: Any] {
        let mark = path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        let languages = languageNames.map { other, name -> [String: Any] in
            [
                "code": other.code, "name": name, "href": "\(path)\(mark)locale=\(other.code)",
                "current": other == language,
            ]
        }
        return [
            "language": language.code, "languages": languages, "policy_url": "/policy\(context.localeQuery)",
            "privacy_url": "/privacy\(context.localeQuery)",
            "organisation": [
                "name": site.masthead.organisation.name, "address": site.masthead.organisation.address,
                "contact": site.masthead.organisation.contact,
            ],
        ]
    }

    func text(_ key: String, _ language: Language) -> String {
        templates.string(key, language: language, values: ["organisation.name": site.masthead.organisation.name])
    }
}

extension Response {
    /// For pages whose address is a secret.
    func keptFromRobots() -> Response {
        var response = self
        response.headers[.robotsTag] = "noindex, nofollow"
        return response
    }

    func with(_ name: HTTPField.Name, _ value: String) -> Response {
        var response = self
        response.headers[name] = value
        return response
    }
}
