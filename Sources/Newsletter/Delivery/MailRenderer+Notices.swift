package import Foundation
package import Mail
import Rendering

/// The mail that tells everybody of a new policy: the service's own words, in each reader's language, for the list that they
/// are on.
extension MailRenderer {
    func compiled(
        _ notice: Notice, _ campaign: Int64, for list: MailingList, in language: Language, isTest: Bool = false
    ) throws -> CompiledMail {
        let key = Key(
            kind: .notice, language: language, list: list.slug, title: list.title, sender: list.sender,
            asksCompany: list.asksCompany, campaign: campaign, isTest: isTest)
        return try kept(key) {
            try refusing { () throws(LintFailure) in
                try templates.mail(
                    .notice, language: language,
                    letterhead: letterhead(
                        from: list.sender, list: list, about: ["c\(campaign)", "notice"], isTest: isTest),
                    constants: [
                        .policyURL: "\(publisher.publicURL)/policy/\(notice.version)", .version: notice.version,
                        .effective: language.day(notice.effective), .privacyPageURL: "\(publisher.publicURL)/privacy",
                    ])
            }
        }
    }

    package func preview(
        _ campaign: Campaign, name: PersonName?, company: CompanyName? = nil, at now: Date
    ) throws -> CampaignPreview {
        guard campaign.notice != nil else {
            return try preview(campaign.source, list: campaign.list, name: name, company: company, at: now)
        }
        let compiled = try compiled(campaign, for: campaign.list, in: campaign.list.language)
        return preview(compiled, list: campaign.list, name: name, company: nil, at: now, warnings: [])
    }
}
