import HTTPTypes
import Hummingbird
import Mail
import Newsletter
import Rendering

/// "Check your inbox", with the field for the mail's code where the address names the sign-up.
struct RequestedPage {
    let pages: Pages
    let context: WebContext
    let request: SignUpRequest?
    /// Where the mail goes, as far as the page's own address tells.
    var address: EmailAddress?
    var veiled = ""

    static func path(_ request: SignUpRequest, to veiled: String, _ context: WebContext) -> String {
        let locale = context.isLanguageChosen ? context.language.map { "&locale=\($0.code)" } ?? "" : ""
        return "/subscribe/requested?request=\(request.text)&to=\(veiled)\(locale)"
    }

    func response(code: String = "", wrong complaint: FieldComplaint? = nil) -> Response {
        let language = pages.language(context)
        var values: [String: Any] = ["code": code, "locale": language.code, "has_errors": complaint != nil]
        if let request { values["request"] = request.text }
        if let address { (values["address"], values["veiled"]) = (address.wire, veiled) }
        if let complaint { values["errors"] = ["code": pages.text(complaint, language)] }
        let to = address == nil ? "" : "&to=\(veiled)"
        let here = request.map { "/subscribe/requested?request=\($0.text)\(to)" } ?? "/subscribe/requested"
        return pages.page(
            .requested, context, at: here, status: complaint == nil ? .ok : .unprocessableContent, values
        ).with(.cacheControl, "no-cache")
    }
}
