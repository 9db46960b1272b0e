import Foundation
import Mail
import Newsletter
import Rendering

/// Who writes. Each value is tried in the very type that carries it in a mail, so that what is taken here can be sent.
extension Settings {
    mutating func readMail(_ reader: inout SettingsReader) {
        _ = reader.required("mail.from", "newsletters come from it, e.g. Example News <news@example.org>")
        mailFrom = correspondent("mail.from", &reader) ?? mailFrom
        mailTransactionalFrom = correspondent("mail.transactional-from", &reader) ?? mailFrom
        mailReplyTo = correspondent("mail.reply-to", &reader)
        dkimKeys = reader.path("dkim.keys")
        mailBounceDomain = reader.value("mail.bounce-domain", "a domain such as bounces.example.org") {
            DomainName.ascii($0)
        }
        if let domain = mailBounceDomain, (try? EmailAddress(MailRenderer.longestAddress(in: domain))) == nil {
            reader.problem("mail.bounce-domain", "\(domain) is too long for the addresses that are made in it")
        }
    }

    private func correspondent(_ key: String, _ reader: inout SettingsReader) -> Correspondent? {
        let shape = "an address, or a name and an address: Example News <news@example.org>"
        guard let found = reader.value(key, shape, { Correspondent($0) }) else { return nil }
        if found.address.needsSMTPUTF8 {
            reader.problem(key, "has letters before the @ that few relays take: use a-z, 0-9 and - . _ there")
        } else if MailRenderer.listID(of: Slug.longest, named: "News", from: found.address) == nil {
            reader.problem(key, "has a domain that is too long for the names of lists in mails (List-Id)")
        }
        return found
    }

    mutating func readOrganisation(_ reader: inout SettingsReader) {
        organisation.name = reader.required("organisation.name", "who the newsletters are from, in every mail")
        if !organisation.name.isEmpty, (try? HeaderText(organisation.name)) == nil {
            reader.problem("organisation.name", "is too long, or holds characters that cannot be seen")
        }
        organisation.address = reader.required("organisation.address", "the postal address, in every newsletter")
        organisation.contact = reader.required(
            "organisation.contact", "the mail address that answers questions about privacy")
        organisation.authority = reader.text("organisation.authority") ?? ""
        organisation.language =
            reader.value("organisation.language", "the name of a file in the templates' locales, such as nb") {
                Language($0)
            } ?? organisation.language
        organisation.timeZone =
            reader.value("organisation.time-zone", "a time zone such as Europe/Oslo") { TimeZone(identifier: $0) }
            ?? organisation.timeZone
        guard !organisation.contact.isEmpty else { return }
        guard let contact = try? EmailAddress(organisation.contact) else {
            return reader.problem("organisation.contact", "\"\(organisation.contact)\" is not a mail address")
        }
        // It is a link on each page, and in each newsletter's head.
        guard !contact.needsSMTPUTF8, HeaderURI("mailto:\(contact.wire)") != nil else {
            return reader.problem(
                "organisation.contact",
                "\"\(organisation.contact)\" cannot be a link: use a-z, 0-9 and - . _ before the @")
        }
        organisation.contact = contact.wire
    }
}
