import CourantTesting
import Rendering

/// Pages as they look with somebody's data, or with what somebody hostile has typed.
extension TemplateTests {
    static let hostile = "\"\u{301}><script>alert(1)</script>'&amp;"
    static let lists: [[String: String]] = [["title": "Example News"], ["title": "Events & more"]]

    static func form(_ count: Int, _ more: [String: Any] = [:]) -> [String: Any] {
        let lists = (0..<count).map { $0 + 1 }.map {
            ["slug": "list\($0)", "title": "List \($0)", "description": "Once a month", "checked": $0 == 1]
                as [String: Any]
        }
        return [
            "lists": lists, "none": count == 0, "several": count > 1, "email": "", "name": "", "locale": "en",
            "has_errors": false,
            "errors": [String: Any](),
        ]
        .merging(more) { $1 }
    }

    static func asked(_ source: String? = nil, done: Bool = false) -> [String: Any] {
        [
            "action": "/confirm/T", "refuse_action": "/confirm/T/refuse", "lists": lists, "imported": source != nil,
            "source": source ?? "", "done": done,
            "wordings": [["text": "I would like the newsletter, \(hostile)", "lang": "en"]],
        ]
    }

    static func ask(_ more: [String: Any] = [:]) -> [String: Any] {
        ["email": "", "locale": "en", "lapsed": false, "has_errors": false, "errors": [String: Any]()]
            .merging(more) { $1 }
    }

    static func held(_ more: [String: Any] = [:]) -> [String: Any] {
        let facts = [["term": "Address", "text": "ann@example.org"], ["term": "Name", "text": hostile]]
        return [
            "here": "/privacy/T", "query": "", "has_errors": false, "errors": [String: Any](), "name": "Ann",
            "new_address": "", "subscriptions": [["title": "Example News", "facts": facts] as [String: Any]],
            "fingerprints": [["list": "partners", "since": "6 January 2026"]],
            "requests": [["due": "6 February 2026"]], "may_restrict": true, "may_unrestrict": false, "about": facts,
        ].merging(more) { $1 }
    }

    static let errors = ["email", "name", "list", "captcha", "form"].reduce(into: [String: String]()) {
        $0[$1] = "The \($1) is wrong."
    }
    static let captcha = ["site_key": "key", "action": "subscribe", "script_host": "www.recaptcha.net"]

    static let pages: [Sample] = [
        Sample(.subscribe, "none") { form(0) }, Sample(.subscribe, "one") { form(1) },
        Sample(.subscribe, "several") { form(3) },
        Sample(.subscribe, "wrong") {
            form(2, ["email": hostile, "name": hostile, "has_errors": true, "errors": errors])
        },
        Sample(.subscribe, "company") { form(1, ["asks_company": true, "company": ""]) },
        Sample(.subscribe, "company-wrong") {
            form(
                1,
                ["asks_company": true, "company": hostile, "has_errors": true, "errors": ["company": "It is wrong."]])
        },
        Sample(.subscribe, "recaptcha-v2") { form(1, ["captcha": ["recaptcha_v2": captcha]]) },
        Sample(.subscribe, "recaptcha-invisible") { form(1, ["captcha": ["recaptcha_invisible": captcha]]) },
        Sample(.subscribe, "recaptcha-v3") { form(1, ["captcha": ["recaptcha_v3": captcha]]) },
        Sample(.requested), Sample(.expired),
        Sample(.confirm) { asked() }, Sample(.confirm, "imported") { asked("Nor-Fishing 2026, \(hostile)") },
        Sample(.confirm, "done") { asked(done: true) },
        Sample(.confirmed, "before") { ["lists": lists, "imported": false, "before": true] },
        Sample(.confirmed) { ["lists": lists, "imported": false] },
        Sample(.confirmed, "imported") { ["lists": lists, "imported": true] },
        Sample(.refuse) { asked() }, Sample(.refuse, "imported") { asked("Nor-Fishing 2026, \(hostile)") },
        Sample(.refused, "blocked") { ["blocked": true] },
        Sample(.refused) { ["blocked": false, "fingerprint": false] },
        Sample(.refused, "interest") { ["blocked": false, "fingerprint": true] },
        Sample(.unsubscribe, "list") { ["action": "/unsubscribe/T", "list": "Example News"] },
        Sample(.unsubscribe) { ["action": "/unsubscribe/T"] },
        Sample(.unsubscribe, "interest") {
            ["action": "/unsubscribe/T", "list": "Example News", "fingerprint": true]
        },
        Sample(.keep) { ["action": "/keep/T", "list": "Example News", "gone": false] },
        Sample(.keep, "gone") { ["gone": true] }, Sample(.kept) { ["list": "Example News"] },
        Sample(.unsubscribe, "company") {
            ["action": "/unsubscribe/T", "list": "Example News", "asks_company": true]
        },
        Sample(.unsubscribed, "company") { ["everything": false, "asks_company": true] },
        Sample(.unsubscribed, "everything") { ["everything": true] }, Sample(.unsubscribed) { ["everything": false] },
        Sample(.unsubscribed, "interest") { ["everything": false, "fingerprint": true] },
        Sample(.policy) {
            [
                "text": "<h1>What we keep</h1>", "text_language": "en", "effective": "1 November 2026", "version": "2",
                "upcoming": [["version": "3", "effective": "2027-01-01", "href": "/policy/3"]],
                "earlier": [["version": "1", "effective": "2025-01-01", "href": "/policy/1"]],
            ]
        },
        Sample(.policy, "earlier") {
            [
                "text": "<h1>What we kept</h1>", "effective": "2025-01-01", "version": "1", "is_earlier": true,
                "current": ["version": "2", "effective": "2026-11-01", "href": "/policy"],
                "upcoming": [[String: Any]](), "earlier": [[String: Any]](),
            ]
        },
        Sample(.policy, "none") { ["earlier": [[String: Any]]()] },
        Sample(.privacy) { ask() },
        Sample(.privacy, "wrong") {
            ask(["email": hostile, "has_errors": true, "errors": errors, "captcha": ["recaptcha_v2": captcha]])
        },
        Sample(.privacy, "lapsed") { ask(["lapsed": true]) }, Sample(.privacyRequested),
        Sample(.held) { held() }, Sample(.held, "done") { held(["done": "The name is saved."]) },
        Sample(.held, "company") {
            held([
                "asks_company": true, "company": hostile, "has_errors": true,
                "errors": ["company": "The company is wrong."],
            ])
        },
        Sample(.held, "wrong") {
            held([
                "name": hostile, "new_address": hostile, "has_errors": true,
                "errors": ["name": "The name is wrong.", "address": "The address is wrong."], "may_restrict": false,
                "may_unrestrict": true,
            ])
        },
        Sample(.erased) { ["never": false, "fingerprint": true] }, Sample(.erased, "never") { ["never": true] },
        Sample(.address) { ["action": "/address/T", "lists": lists] }, Sample(.moved) { ["lists": lists] },
        Sample(.error) { ["status": "404", "title": "Not here", "detail": hostile] },
    ]
}
