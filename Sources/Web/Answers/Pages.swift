import Foundation
import HTTPTypes
import Hummingbird
import Mail
import NIOCore
import Newsletter
import Rendering
import Synchronization

/// Makes answers of the templates: adds to each page what every page shows.
struct Pages: Sendable {
    let templates: Templates
    let site: PublicSite
    /// What each language calls itself.
    private let languageNames: [(language: Language, name: String)]
    private let kept = Kept()

    init(_ services: WebServices) {
        templates = services.templates
        site = services.site
        languageNames = services.templates.languages.map { language in
            (language, services.templates.string("language.name", language: language))
        }
    }

    /// What the visitor asked for, else what belongs to the matter, else the site's.
    func language(_ context: WebContext, for list: Language? = nil) -> Language {
        context.language ?? list ?? site.language
    }

    /// For pages that a mail's link opens: what the visitor has chosen by name, else the mail's, before what the browser
    /// asks for.
    func language(_ context: WebContext, ofMail mail: Language?) -> Language {
        guard let mail, !context.isLanguageChosen else { return language(context) }
        return mail
    }

    /// Behind a link's path, so that the next page speaks this one's language: nothing where it would by itself.
    func query(_ language: Language, _ context: WebContext) -> String {
        let isByItself = !context.isLanguageChosen && language == self.language(context)
        return isByItself ? "" : "?locale=\(language.code)"
    }

    /// `path` is where the same page is found by GET, for the links to its other languages; as the router knows it.
    func page(
        _ page: Page, _ context: WebContext, at path: String, in language: Language? = nil,
        status: HTTPResponse.Status = .ok, _ own: [String: Any] = [:]
    ) -> Response {
        let language = language ?? self.language(context)
        return response(html(page, language, context, at: path, own), language, status: status)
    }

    /// A page that is the same for everybody but for its own address, made once for each language and `variant`. The
    /// address is put in as it is: it holds nothing that HTML must escape.
    func page(
        _ page: Page, _ variant: String, _ context: WebContext, at path: String,
        _ own: () -> [String: Any]
    ) -> Response {
        let language = language(context)
        let key = "\(page.rawValue) \(variant) \(language.code)\(context.localeQuery)"
        let pieces = kept.pieces(key) {
            html(page, language, context, at: Kept.mark, own()).components(separatedBy: Kept.mark)
        }
        return response(pieces.joined(separator: path), language, status: .ok)
    }

    private func html(
        _ page: Page, _ language: Language, _ context: WebContext, at path: String, _ own: [String: Any]
    ) -> String {
        templates.page(page, language: language, everywhere(language, path, context).merging(own) { _, own in own })
    }

    private func response(_ html: String, _ language: Language, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentLanguage: language.code, .vary: "Accept-Language",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// An address of ours as the page's browser asks for it: see `PublicURL.href`.
    func href(_ address: String) -> String { site.publisher.publicURL.href(address) }

    private func everywhere(_ language: Language, _ path: String, _ context: WebContext) -> [String: Any] {
        let query = query(language, context)
        let mark = path.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        let languages = languageNames.map { other, name -> [String: Any] in
            [
                "code": other.code, "name": name, "href": href("\(path)\(mark)locale=\(other.code)"),
                "current": other == language,
            ]
        }
        return [
            "language": language.code, "languages": languages, "base": href(""),
            "policy_url": href("/policy\(query)"), "privacy_url": href("/privacy\(query)"),
            "organisation": [
                "name": site.publisher.organisation.name, "address": site.publisher.organisation.address,
                "contact": site.publisher.organisation.contact,
            ],
        ]
    }

    /// The day from which a policy counts, which no line break parts.
    func day(_ policy: Policy, _ language: Language) -> String {
        language.day(policy.effective).replacing(" ", with: "\u{A0}")
    }

    func text(_ key: String, _ language: Language) -> String {
        kept.pieces("text \(key) \(language.code)") {
            [templates.string(key, language: language, values: ["organisation.name": site.publisher.organisation.name])]
        }[0]
    }

    /// The sentence that somebody agrees to who is asked for what is stored. `asksCompany`: for their company as well.
    func consent(_ language: Language, asksCompany: Bool) -> String {
        guard asksCompany else { return text("consent.text", language) }
        let values = ["organisation.name": site.publisher.organisation.name, Disclosures.asksCompany: "yes"]
        return templates.string("consent.text", language: language, values: values)
    }

    /// With the character in it that is meant.
    func text(_ complaint: FieldComplaint, _ language: Language) -> String {
        guard let sign = complaint.sign else { return text(complaint.word.key, language) }
        return templates.string(complaint.word.key, language: language, values: ["sign": sign])
    }
}

/// What was made of the templates and stays as it is. Keys are words of ours, so that there are few.
private final class Kept: Sendable {
    /// Stands where a page's own address comes.
    static let mark = "/the-address-of-this-page"
    private let made = Mutex<[String: [String]]>([:])

    func pieces(_ key: String, _ make: () -> [String]) -> [String] {
        if let known = made.withLock({ $0[key] }) { return known }
        let pieces = make()
        made.withLock { $0[key] = pieces }
        return pieces
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
