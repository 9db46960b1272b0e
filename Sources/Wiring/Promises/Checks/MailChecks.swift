import Foundation
import Mail
import Mailbox
import Newsletter
import Outbound
import Rendering

/// What stands in every newsletter, seen on one that is rendered as a campaign's and sent to nobody.
extension PromiseCheck {
    static let mails = [mailsEndWithTheLink, mailsDoNotTrack, mailsNameUs]

    private static let mailsEndWithTheLink = PromiseCheck(
        "mails-end-with-the-link",
        "in each list's newsletter the unsubscribe link is the last link of both parts, and in the header for one click (RFC 8058)",
        reaches: .seen
    ) { inspection, _ in
        try await inspection.everyList { list in
            let mail = try inspection.specimen(of: list, name: nil)
            let prefix = "\(inspection.courant.settings.http.publicURL)/unsubscribe/"
            guard mail.lastLink?.hasPrefix(prefix) == true else {
                return
                    "The HTML of \(list.slug)’s newsletters does not end with the unsubscribe link: mend templates/mail."
            }
            guard mail.lastLine.contains(prefix) else {
                return
                    "The text of \(list.slug)’s newsletters does not end with the unsubscribe link: mend templates/mail."
            }
            guard mail.mime["list-unsubscribe"]?.hasPrefix("<\(prefix)") == true,
                mail.mime["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
            else { return "\(list.slug)’s newsletters lack the header for one-click unsubscribing." }
            return nil
        } kept: {
            .seen(
                "The link is the last thing in both parts of \($0) lists’ newsletters, and in the header, as they leave here",
                unseen: inspection.behindUs("adds something behind it, or makes it a link of its own"))
        }
    }

    private static let mailsDoNotTrack = PromiseCheck(
        "mails-do-not-track",
        "two people’s newsletters differ in the unsubscribe link alone: no pixel, no link that tells who clicked",
        reaches: .seen
    ) { inspection, _ in
        try await inspection.everyList { list in
            let mails = try [0, 1].map { _ in try inspection.specimen(of: list, name: nil) }
            guard Set(mails.map(\.withoutLink)).count == 1 else {
                return "Two people’s copies of \(list.slug)’s newsletter differ by more than the unsubscribe link."
            }
            guard let image = mails[0].foreignImage(besides: inspection.courant.settings.http.publicURL.text) else {
                return nil
            }
            return "\(list.slug)’s newsletters load \(image) from elsewhere when they are opened."
        } kept: { _ in
            .seen(
                "Two people’s copies differ in the unsubscribe link alone, as they leave here",
                unseen: "pictures and links that an issue itself brings from elsewhere; and "
                    + inspection.behindUs("puts a pixel in, or links that are counted"))
        }
    }

    private static let mailsNameUs = PromiseCheck(
        "mails-name-us", "each newsletter names the company, its postal address and whom to write to", reaches: .seen
    ) { inspection, _ in
        let us = inspection.courant.settings.organisation
        for (field, value) in [("name", us.name), ("address", us.address), ("contact", us.contact)]
        where value.isEmpty {
            return .broken("organisation.\(field) is not set.")
        }
        return try await inspection.everyList { list in
            // A long address is broken over two lines.
            let text = try inspection.specimen(of: list, name: nil).text.inOneLine
            let lacking = [us.name, us.address, us.contact].filter { !text.contains($0.inOneLine) }
            return lacking.isEmpty ? nil : "\(list.slug)’s newsletters do not say \(lacking.joined(separator: ", "))."
        } kept: { _ in
            .seen(
                "\(us.name), \(us.address), \(us.contact)",
                unseen: "whether that is who answers for the data, and whether the policy’s text says the same")
        }
    }
}

/// A newsletter as one reader would get it.
struct Specimen {
    let mime: MIMEReader
    let html: String
    let text: String
    let link: String

    var lastLink: String? {
        html.components(separatedBy: "href=\"").last.map { String($0.prefix { $0 != "\"" }) }
    }

    var lastLine: String {
        text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    }

    /// The specimen's own words have no image: this one stands in every mail.
    func foreignImage(besides own: String) -> String? {
        html.components(separatedBy: "<img").dropFirst().lazy
            .compactMap { image in
                image.components(separatedBy: "src=\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) }
            }
            .first { !$0.hasPrefix(own) }
    }

    /// What is left when the reader's own link is taken out.
    var withoutLink: String { (html + text).replacingOccurrences(of: link, with: "") }
}

extension Inspection {
    func specimen(of list: MailingList, name: PersonName?) throws -> Specimen {
        let source = "---\nsubject: Specimen\n---\n# Hello\n\nSee [our site](https://www.example.com/page).\n"
        let preview = try courant.renderer.preview(source, list: list, name: name, at: courant.clock.now())
        let mime = MIMEReader(preview.source)
        let html = mime.part("text/html")?.text ?? ""
        let marker = "\(courant.settings.http.publicURL)/unsubscribe/"
        let token = html.components(separatedBy: marker).dropFirst().first.map { $0.prefix { $0 != "\"" } } ?? ""
        return Specimen(mime: mime, html: html, text: mime.part("text/plain")?.text ?? "", link: marker + token)
    }

    /// What is wrong with any list, or the words for none.
    func everyList(
        _ look: (MailingList) throws -> String?, kept: (Int) -> Evidence
    ) async throws -> Evidence {
        let lists = try await read { try $0.lists() }.filter { $0.closedAt == nil }
        for list in lists { if let wrong = try look(list) { return .broken(wrong) } }
        return lists.isEmpty ? .noListYet : kept(lists.count)
    }

    /// What nobody can see from here: providers rewrite mails that are handed to them, many unless they are told not to.
    func behindUs(_ what: String) -> String {
        let relays = courant.settings.relays.map(\.address.host)
        let known = relays.compactMap { host in
            Self.rewriting.first { host == $0.domain || host.hasSuffix(".\($0.domain)") }?.company
        }
        let advice =
            known.first.map { "turn off what \($0) follows, in your account there" } ?? "read a mail that has arrived"
        return "whether the relay (\(relays.joined(separator: ", "))) \(what): \(advice)"
    }

    /// They follow opens or clicks unless somebody has turned that off.
    private static let rewriting = [
        (domain: "sendgrid.net", company: "SendGrid"), (domain: "mailgun.org", company: "Mailgun"),
        (domain: "brevo.com", company: "Brevo"), (domain: "sendinblue.com", company: "Brevo"),
        (domain: "mandrillapp.com", company: "Mandrill"), (domain: "mailjet.com", company: "Mailjet"),
        (domain: "postmarkapp.com", company: "Postmark"), (domain: "sparkpostmail.com", company: "SparkPost"),
        (domain: "smtp2go.com", company: "SMTP2GO"), (domain: "elasticemail.com", company: "Elastic Email"),
    ]
}

extension String {
    /// With one space where there was any white space.
    fileprivate var inOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
