package import Foundation

/// A login as a review sees it.
package struct StaffStanding: Sendable, Equatable {
    package let member: StaffMember
    /// Most pressing first; none where all is well.
    package let concerns: [Concern]

    package enum Concern: String, Sendable, CaseIterable {
        /// Courant did not give it out, so that it lets nobody in: somebody wrote it into the database. Revoke it.
        case notOurs = "not-ours"
        /// Its token works no more, but the login is still there: renew or revoke it.
        case expired
        /// Nobody has used it for 90 days, or since it was given out.
        case unused
        /// Within two weeks.
        case expiresSoon = "expires-soon"
    }

    package init(_ member: StaffMember, isOurs: Bool = true, at now: Date) {
        self.member = member
        let today = Calendar.utc.startOfDay(for: now)
        let isUnused = (member.lastUsed ?? member.createdAt) + Self.longestSilence < today
        let concerns: [Concern?] = [
            isOurs ? nil : .notOurs,
            member.expiresAt <= now ? .expired : nil,
            isUnused ? .unused : nil,
            (now..<now + Self.notice).contains(member.expiresAt) && member.expiresAt > now ? .expiresSoon : nil,
        ]
        self.concerns = concerns.compactMap(\.self)
    }

    /// No longer needed, as it seems.
    package var isStale: Bool {
        concerns.contains(.unused) || concerns.contains(.expired) || concerns.contains(.notOurs)
    }

    package static let longestSilence: Duration = .seconds(90 * 24 * 3600)
    package static let notice: Duration = .seconds(14 * 24 * 3600)
}
