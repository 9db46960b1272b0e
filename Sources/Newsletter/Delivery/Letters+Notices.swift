package import Foundation
package import Mail
import Rendering

/// The mail that tells everybody of a new policy: the service's own words, in each reader's language, for the list that they
/// are on.
extension Letters {
    func compiled(
        _ notice: Notice, _ campaign: Int64, for list: MailingList, in language: Language
    ) throws -> CompiledMail {
        let key = Key(
            kind: .notice, language: language, list: list.slug, title: list.title, sender: list.sender,
            campaign: campaign)
        return try kept(key) {
            try refusing { () throws(LintFailure) in
                try templates.mail(
                    .notice, language: language, letterhead: letterhead(from: list.sender, list: list),
                    constants: [
                        .policyURL: "\(masthead.publicURL)/policy/\(notice.version)", .version: notice.version,
                        .effective: notice.day(in: language),
                    ])
            }
        }
    }

    package func preview(_ campaign: Campaign, name: PersonName?, at now: Date) throws -> CampaignPreview {
        guard campaign.notice != nil else {
            return try preview(campaign.source, list: campaign.list, name: name, at: now)
        }
        let compiled = try compiled(campaign, for: campaign.list, in: campaign.list.language)
        return preview(compiled, list: campaign.list, name: name, at: now, warnings: [])
    }
}

extension Notice {
    /// Its day as the reader writes days.
    func day(in language: Language) -> String {
        let beginning = try? Date(effective, strategy: .iso8601.year().month().day())
        return beginning?.written(in: language) ?? effective
    }
}
