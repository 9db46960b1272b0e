import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// "Check your inbox", with the field for the mail's code where the address names the sign-up.
struct RequestedPage {
    let pages: Pages
    let context: WebContext
    let request: SignUpRequest?

    static func path(_ request: SignUpRequest?, _ context: WebContext) -> String {
        guard let request else { return "/subscribe/requested\(context.localeQuery)" }
        let locale = context.isLanguageChosen ? context.language.map { "&locale=\($0.code)" } ?? "" : ""
        return "/subscribe/requested?request=\(request.text)\(locale)"
    }

    func response(code: String = "", wrong complaint: FieldComplaint? = nil) -> Response {
        let language = pages.language(context)
        var values: [String: Any] = ["code": code, "locale": language.code, "has_errors": complaint != nil]
        if let request { values["request"] = request.text }
        if let complaint { values["errors"] = ["code": pages.text(complaint.key, language)] }
        let here = request.map { "/subscribe/requested?request=\($0.text)" } ?? "/subscribe/requested"
        return pages.page(
            .requested, context, at: here, status: complaint == nil ? .ok : .unprocessableContent, values
        ).with(.cacheControl, "no-cache")
    }
}
