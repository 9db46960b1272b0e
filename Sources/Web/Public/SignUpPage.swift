import CourantAPI
import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// The sign-up page: empty, or as somebody filled it in with what is wrong beside each field.
struct SignUpPage {
    let pages: Pages
    let context: WebContext
    let offered: [MailingList]
    var policy: Policy?

    /// The visitor's language, else the list's where there is only one.
    var language: Language {
        pages.language(context, for: offered.count == 1 ? offered.first?.language : nil)
    }

    func response(
        _ form: SignUpForm, status: HTTPResponse.Status = .ok, wrong complaints: [FieldComplaint] = [],
        general: String? = nil
    ) -> Response {
        var values: [String: Any] = [
            "lists": offered.map { list -> [String: Any] in
                let isChecked = form.lists?.contains { $0.utf8.elementsEqual(list.slug.text.utf8) } ?? false
                return [
                    "slug": list.slug.text, "title": list.title, "description": list.description, "checked": isChecked,
                ]
            },
            "none": offered.isEmpty, "several": offered.count > 1, "email": form.email, "name": form.name,
            "company": form.company ?? "", "asks_company": offered.contains(where: \.asksCompany),
            "locale": language.code,
            "has_errors": !complaints.isEmpty || general != nil, "errors": errors(complaints, general),
        ]
        if let policy { values["policy"] = ["version": policy.version, "effective": pages.day(policy, language)] }
        if let widget = pages.site.widget { values["captcha"] = widget.values }
        return pages.page(.subscribe, context, at: "/", in: language, status: status, values)
            .with(.contentSecurityPolicy, ContentPolicy(signingUpAt: pages.site).text)
            // Kept for the Back button, and asked for again otherwise.
            .with(.cacheControl, "no-cache")
    }

    private func errors(_ complaints: [FieldComplaint], _ general: String?) -> [String: Any] {
        var errors: [String: Any] = [:]
        for complaint in complaints { errors[complaint.field] = pages.text(complaint, language) }
        if let general { errors["form"] = general }
        return errors
    }

    /// The same for programs.
    func problem(_ status: HTTPResponse.Status, _ complaints: [FieldComplaint]) throws -> Response {
        let page: ErrorAnswer.Page = status == .serviceUnavailable ? .unavailable : .invalid
        return try Response(
            problem: Problem(
                type: status == .serviceUnavailable ? "unavailable" : "validation",
                title: pages.text("\(page.key).title", language), status: status.code,
                detail: pages.text("\(page.key).detail", language),
                errors: complaints.map { FieldError(field: $0.field, message: pages.text($0, language)) }))
    }
}
