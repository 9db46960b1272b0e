import Foundation
import HTTPTypes
package import Hummingbird
import Mail

/// The mailbox in a browser, without JavaScript: `/mailbox` lists the mails and looks for new ones every few seconds,
/// `/mailbox/3` shows one beside the list, as HTML, text, header or source. A mail's own HTML stands in a sandboxed frame
/// and may load nothing from elsewhere.
package struct MailboxRoutes: Sendable {
    private let mailbox: Mailbox

    package init(mailbox: Mailbox) { self.mailbox = mailbox }

    package func add<Context: RequestContext>(to router: some RouterMethods<Context>) {
        router.get("mailbox") { _, _ in page(MailboxPage(entries: mailbox.entries, shown: nil)) }
        router.get("mailbox/:id") { _, context in try show(context, nil) }
        router.get("mailbox/:id/:view") { _, context in
            let view = try context.parameters.require("view")
            return view == "frame" ? try frame(context) : try show(context, MailboxPage.View(rawValue: view))
        }
    }

    private func entry(_ context: some RequestContext) throws -> Mailbox.Entry {
        guard let id = context.parameters.get("id", as: Int.self), let entry = mailbox[id] else {
            throw HTTPError(.notFound)
        }
        return entry
    }

    private func show(_ context: some RequestContext, _ view: MailboxPage.View?) throws -> Response {
        let entry = try entry(context)
        let reader = MIMEReader(entry.mail.content)
        let usual: MailboxPage.View = reader.part("text/html") == nil ? .text : .html
        return page(
            MailboxPage(entries: mailbox.entries, shown: .init(entry: entry, reader: reader, view: view ?? usual)))
    }

    private func frame(_ context: some RequestContext) throws -> Response {
        let html = try MIMEReader(entry(context).mail.content).part("text/html")?.text ?? ""
        let policy = """
            sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; \
            img-src 'self' data:; form-action 'none'; frame-ancestors 'self'
            """
        return response(opensLinksElsewhere(html), policy)
    }

    private func page(_ page: MailboxPage) -> Response {
        let policy = """
            default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; \
            frame-ancestors 'none'
            """
        return response(page.html, policy)
    }

    private func response(_ html: String, _ policy: String) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"]
        headers[.contentSecurityPolicy] = policy
        headers[.xContentTypeOptions] = "nosniff"
        if let referrer = HTTPField.Name("Referrer-Policy") { headers[referrer] = "no-referrer" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// Puts `<base target="_blank">` into the mail's head, so that its links open beside the mailbox and not inside it.
    private func opensLinksElsewhere(_ html: String) -> String {
        let base = "<base target=\"_blank\">"
        guard let head = html.range(of: "<head", options: .caseInsensitive),
            let end = html.utf8[head.upperBound...].firstIndex(of: UInt8(ascii: ">"))
        else { return base + html }
        let after = html.utf8.index(after: end)
        return html[..<after] + base + html[after...]
    }
}
