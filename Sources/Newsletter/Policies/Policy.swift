import Crypto
package import Foundation
package import Rendering

/// A published version of the privacy policy. It never changes, so that a consent can name it.
package struct Policy: Sendable, Equatable {
    /// In the order of publication, from 1.
    package let number: Int64
    package let version: String
    /// The day from which it counts, `2026-11-01`.
    package let effective: String
    /// Whether it changes what happens to people's data.
    package let isMaterial: Bool
    /// Markdown.
    package let text: String
    /// The text's, where its author has said.
    package let language: Language?
    /// SHA-256 of the text, in hexadecimal.
    package let hash: String
    package let publishedAt: Date
    package let publishedBy: String

    package init(
        number: Int64, version: String, effective: String, isMaterial: Bool, text: String, language: Language? = nil,
        hash: String, publishedAt: Date, publishedBy: String
    ) {
        self.number = number
        self.version = version
        self.effective = effective
        self.isMaterial = isMaterial
        self.text = text
        self.language = language
        self.hash = hash
        self.publishedAt = publishedAt
        self.publishedBy = publishedBy
    }

    init(_ text: PolicyText, isMaterial: Bool, by actor: Actor, at now: Date) {
        self.init(
            number: 0, version: text.version, effective: text.effective, isMaterial: isMaterial, text: text.markdown,
            language: text.language,
            hash: SHA256.hash(data: Data(text.markdown.utf8)).map {
                String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16)
            }
            .joined(), publishedAt: now, publishedBy: actor.text)
    }
}

package protocol PolicyRecords {
    /// Every version, in the order of publication.
    func policies() throws -> [Policy]
    func insert(_ policy: Policy) throws
    /// The campaign that tells everybody of that version.
    func notice(of version: String) throws -> Campaign?
    /// Different addresses with an active subscription.
    func countReaders() throws -> Int
    /// Makes the campaign a notice to everybody who is active now, and begins.
    func launchNotice(_ id: Int64, of version: String, at: Date) throws
    /// As `claimDeliveries`, over all lists; nobody who has another subscription that it went to.
    func claimNotices(of campaign: Int64, now: Date, limit: Int) throws -> [Delivery]
}

/// The policy as visitors find it today.
package struct PolicyBoard: Sendable, Equatable {
    /// What counts today. The first version counts from its publication, for there was nothing before.
    package let inForce: Policy?
    /// What will count, soonest first.
    package let upcoming: [Policy]
    /// What counted, latest first.
    package let earlier: [Policy]

    /// Of two for one day, the one published later counts.
    init(_ policies: [Policy], today: String) {
        let byDay = policies.sorted { ($0.effective, $0.number) < ($1.effective, $1.number) }
        let current = byDay.last { $0.effective <= today } ?? byDay.first
        inForce = current
        let place = byDay.firstIndex { $0.version == current?.version } ?? 0
        upcoming = Array(byDay.dropFirst(place + 1))
        earlier = byDay.prefix(place).reversed()
    }

    package enum State: String, Sendable, CaseIterable {
        case inForce = "in-force"
        case upcoming, earlier
    }

    package func find(_ version: String) -> (policy: Policy, state: State)? {
        if let inForce, inForce.version == version { return (inForce, .inForce) }
        if let policy = upcoming.first(where: { $0.version == version }) { return (policy, .upcoming) }
        return earlier.first { $0.version == version }.map { ($0, .earlier) }
    }

    /// Newest first.
    package var all: [(policy: Policy, state: State)] {
        upcoming.reversed().map { ($0, .upcoming) } + [inForce].compactMap(\.self).map { ($0, .inForce) }
            + earlier.map { ($0, .earlier) }
    }
}
