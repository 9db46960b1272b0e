import Foundation
import Mail

/// The mailbox's one page: the list, and beside it the mail that is being read.
struct MailboxPage {
    enum View: String, CaseIterable {
        case html, text, headers, source

        var title: String {
            switch self {
            case .html: "HTML"
            case .text: "Text"
            case .headers: "Header"
            case .source: "Source"
            }
        }
    }

    struct Shown {
        let entry: Mailbox.Entry
        let reader: MIMEReader
        let view: View
    }

    let entries: [Mailbox.Entry]
    let shown: Shown?

    var html: String {
        let title = shown.map { escaped($0.entry.subject) + " · Mailbox" } ?? "Mailbox"
        // While a mail is read nothing moves.
        let refresh = shown == nil ? "<meta http-equiv=\"refresh\" content=\"4\">" : ""
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            \(refresh)
            <title>\(title)</title>
            <style>\(mailboxStyle)</style>
            </head>
            <body class="\(shown == nil ? "listing" : "reading")">
            <header class="bar"><h1><a href="/mailbox">Mailbox</a></h1><p>\(count)</p></header>
            <nav class="list" aria-label="Mails">\(list)</nav>
            <main class="pane">\(shown.map(pane) ?? emptyPane)</main>
            </body>
            </html>
            """
    }

    private var count: String {
        switch entries.count {
        case 0: "No mail yet"
        case 1: "1 mail"
        default: "\(entries.count) mails"
        }
    }

    private var list: String {
        guard !entries.isEmpty else {
            return "<p class=\"none\">What Courant sends arrives here. This page looks for new mail by itself.</p>"
        }
        return "<ol>" + entries.map(item).joined() + "</ol>"
    }

    private func item(_ entry: Mailbox.Entry) -> String {
        let current = entry.id == shown?.entry.id ? " aria-current=\"page\"" : ""
        return """
            <li><a href="/mailbox/\(entry.id)"\(current)>\
            <span class="to">\(escaped(entry.mail.recipients.joined(separator: ", ")))</span>\
            \(time(entry.arrival))\
            <span class="subject">\(subject(entry))</span></a></li>
            """
    }

    private func time(_ date: Date) -> String {
        let iso = date.formatted(.iso8601)
        return "<time datetime=\"\(iso)\" title=\"\(iso)\">\(iso.dropFirst(11).prefix(5))</time>"
    }

    private func subject(_ entry: Mailbox.Entry) -> String {
        entry.subject.utf8.isEmpty ? "(no subject)" : escaped(entry.subject)
    }

    private var emptyPane: String {
        entries.isEmpty ? "" : "<p class=\"none\">Choose a mail to read it.</p>"
    }

    // MARK: Reading

    private func pane(_ shown: Shown) -> String {
        let mail = shown.entry.mail
        let sender = mail.sender.map { "&lt;\(escaped($0))&gt;" } ?? "&lt;&gt;"
        return """
            <article>
            <a class="back" href="/mailbox">All mails</a>
            <h2>\(subject(shown.entry))</h2>
            <dl>
            <dt>From</dt><dd>\(escaped(shown.entry.from))</dd>
            <dt>To</dt><dd>\(escaped(shown.reader["to"] ?? mail.recipients.joined(separator: ", ")))</dd>
            <dt>Envelope</dt><dd>\(sender) → &lt;\(escaped(mail.recipients.joined(separator: ", ")))&gt;</dd>
            <dt>Arrived</dt><dd>\(escaped(shown.entry.arrival.formatted(.iso8601)))</dd>
            </dl>
            <nav class="tabs" aria-label="Views">\(tabs(shown))</nav>
            \(content(shown))
            </article>
            """
    }

    private func tabs(_ shown: Shown) -> String {
        View.allCases.filter { $0 != .html || shown.reader.part("text/html") != nil }.map { view in
            let current = view == shown.view ? " aria-current=\"page\"" : ""
            return "<a href=\"/mailbox/\(shown.entry.id)/\(view.rawValue)\"\(current)>\(view.title)</a>"
        }.joined()
    }

    private func content(_ shown: Shown) -> String {
        switch shown.view {
        case .html:
            """
            <iframe src="/mailbox/\(shown.entry.id)/frame" title="The mail" \
            sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>
            """
        case .text:
            "<pre class=\"text\">\(linked(shown.reader.part("text/plain")?.text ?? "There is no text part."))</pre>"
        case .headers:
            "<dl class=\"fields\">"
                + shown.reader.fields.map { "<dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd>" }.joined()
                + "</dl>"
        case .source: "<pre>\(escaped(String(decoding: shown.entry.mail.content, as: UTF8.self)))</pre>"
        }
    }
}

/// HTML's five, byte by byte.
func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
        case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
        case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
        case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
        case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Escaped, and with a text's web addresses as links.
func linked(_ text: String) -> String {
    var html = ""
    var rest = text[...]
    while let start = rest.range(of: "https?://", options: .regularExpression)?.lowerBound {
        html += escaped(String(rest[..<start]))
        let link = rest[start...].utf8.prefix { $0 > 0x20 && !")>]\"'".utf8.contains($0) }
        let url = escaped(String(Substring(link)))
        html += "<a href=\"\(url)\" target=\"_blank\" rel=\"noopener noreferrer\">\(url)</a>"
        rest = rest[link.endIndex...]
    }
    return html + escaped(String(rest))
}
