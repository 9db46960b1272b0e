/// The header in which a mail provider is given the tag, so that its calls bring it back: such providers rewrite the
/// envelope's sender, and as a rule nothing else of ours is in what they report.
package enum ProviderEcho: String, Sendable, CaseIterable {
    case none, ses, postmark, mailgun, sendgrid, brevo, mailjet, sparkpost, scaleway, resend, postal

    /// A whole field, without its line's end; a tag has letters and digits alone.
    func field(_ tag: BounceTag) -> String? {
        switch self {
        case .none: nil
        // They report the mail's own fields.
        case .ses, .scaleway, .resend: "X-Courant: \(tag.text)"
        case .postmark: "X-PM-Metadata-courant: \(tag.text)"
        case .mailgun: "X-Mailgun-Variables: {\"courant\":\"\(tag.text)\"}"
        case .sendgrid: "X-SMTPAPI: {\"unique_args\":{\"courant\":\"\(tag.text)\"}}"
        case .brevo: "X-Mailin-custom: \(tag.text)"
        case .mailjet: "X-MJ-CustomID: \(tag.text)"
        case .sparkpost: "X-MSYS-API: {\"metadata\":{\"courant\":\"\(tag.text)\"}}"
        case .postal: "X-Postal-Tag: \(tag.text)"
        }
    }
}
