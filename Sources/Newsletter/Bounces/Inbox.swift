import CoreMetrics
package import Foundation
package import Mail
package import Reports

/// What comes back about our mails, through whichever door, and what follows from it.
///
/// Nothing follows from a report that bears no tag of ours: it may say of a person only what the link in the same mail may
/// do, so that forging one needs the mail itself, and gains nothing. Who is said not to exist is held like those of whom a
/// relay says so; doubtful words are strikes, and only several campaigns in a row make a hold of them. A complaint is a wish
/// to leave. Whose row is gone gets the same answer as everybody. Each counts once for a campaign and a person, whatever
/// comes how often by how many doors.
package struct Inbox: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let relay: any Relay
    private let domains: any DomainMemory
    private let scope: ComplaintScope

    /// How long after a campaign's start a bounce of it is news: queues give up after two to five days.
    static let memory: Duration = .days(30)

    package init(
        store: any Store, keyring: Keyring, clock: WallClock, relay: any Relay, domains: any DomainMemory,
        scope: ComplaintScope = .list
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.relay = relay
        self.domains = domains
        self.scope = scope
    }

    /// All in one transaction; once this returns, it is done for good. `mail`: what they were read from, for whoever waits
    /// for a probe.
    package func take(_ reports: [Report], of mail: [UInt8] = [], through door: ReportDoor) async throws {
        guard !reports.isEmpty else { return }
        let now = clock.now()
        let taken = try await store.write { [keyring, domains, scope] tx in
            try reports.map { report in
                if let probe = report.probe(keyring) {
                    try tx.keepProbe(probe, mail: Data(mail))
                    return ReportFate.probe
                }
                return try tx.take(report, keyring, domains, scope, at: now)
            }
        }
        for fate in taken {
            Measures.count(door, fate.name)
            if let domain = fate.counted { domains.noteCounted(domain) }
            if let campaign = fate.stopped { relay.recall(campaign) }
        }
    }

    /// From a box that others write to as well. False where it bears no tag of ours: then nothing is written.
    package func takeIfOurs(
        _ report: Report, of mail: [UInt8] = [], through door: ReportDoor
    ) async throws -> Bool {
        guard report.probe(keyring) != nil || ReportOrigin(report, keyring: keyring) != nil else { return false }
        try await take([report], of: mail, through: door)
        return true
    }
}

/// By which door a report came.
package enum ReportDoor: String, Sendable, CaseIterable {
    case lmtp, mailbox
    /// A script's calls, and mail providers'.
    case generic, ses, postmark, mailgun, sendgrid, brevo, mailjet, sparkpost, scaleway, resend, postal
}

/// What a complaint ends: the list that it is about, or every list of that address.
package enum ComplaintScope: String, Sendable, CaseIterable {
    case list, all
}

/// How many answers of a domain were seen and not written down; see `DomainAnswers`.
package protocol DomainMemory: Sendable {
    func uncounted(ofDomain digest: Data) -> Int
    func noteCounted(_ digest: Data)
}

/// What became of a report.
struct ReportFate {
    /// A class, or why nothing followed.
    let name: String
    /// The domain whose answers were written down with it.
    var counted: Data?
    /// A campaign that must not go on.
    var stopped: Int64?

    static let names = ReportClass.allCases.map(\.rawValue) + ["unknown", "gone", "again", "late", "probe"]

    init(_ verdict: ReportClass) { name = verdict.rawValue }
    private init(_ name: String) { self.name = name }

    /// Without a tag of ours.
    static let unknown = ReportFate("unknown")
    static let gone = ReportFate("gone")
    static let again = ReportFate("again")
    static let late = ReportFate("late")
    /// Kept for whoever waits for it.
    static let probe = ReportFate("probe")
}

// MARK: In the transaction

extension Transaction {
    func take(
        _ report: Report, _ keyring: Keyring, _ domains: any DomainMemory, _ scope: ComplaintScope, at now: Date
    ) throws -> ReportFate {
        guard let origin = ReportOrigin(report, keyring: keyring) else { return .unknown }
        let campaign = try origin.campaign.flatMap { try self.campaign($0) }
        guard let subscription = try subscription(origin.subscription) else {
            try noteReturned("gone", "", of: campaign?.id)
            return .gone
        }
        let verdict = try capped(origin.verdict(of: report), report, subscription, keyring)
        switch verdict {
        case .auto, .delayed:
            try noteReturned(verdict.rawValue, "", of: campaign?.id)
            return ReportFate(verdict)
        case .leave, .complaint:
            try noteReturned(verdict.rawValue, "", of: campaign?.id)
            try part(subscription, verdict, scope, keyring, at: now)
            return ReportFate(verdict)
        default:
            return try bounced(
                Bounce(subscription: subscription, campaign: campaign, verdict: verdict, status: report.status),
                keyring,
                domains, at: now)
        }
    }

    /// That a forwarder's other address is dead says little of ours.
    private func capped(
        _ verdict: ReportClass, _ report: Report, _ subscription: Subscription, _ keyring: Keyring
    ) throws -> ReportClass {
        guard verdict == .dead, !report.recipients.isEmpty, let ours = try digest(of: subscription.id) else {
            return verdict
        }
        let failed = report.recipients.compactMap { try? EmailAddress($0.filter { $0 != "<" && $0 != ">" }) }
        return failed.contains { keyring.digest(of: $0) == ours } ? verdict : .strike
    }

    /// As the link would; who never signed up, and says so, is never written to again.
    private func part(
        _ subscription: Subscription, _ verdict: ReportClass, _ scope: ComplaintScope, _ keyring: Keyring, at now: Date
    ) throws {
        let isOurAsking = verdict == .complaint && subscription.state == .pending
        var leaving = [subscription]
        if verdict == .complaint, scope == .all, !isOurAsking, let digest = try digest(of: subscription.id) {
            leaving = try subscriptions(digest: digest)
        }
        for subscription in leaving {
            let erased = try leave(subscription, everything: isOurAsking, keyring: keyring, at: now)
            if !subscription.list.isForChecks { Measures.unsubscribed.increment(by: erased) }
        }
    }

    private func bounced(
        _ bounce: Bounce, _ keyring: Keyring, _ domains: any DomainMemory, at now: Date
    ) throws -> ReportFate {
        let (subscription, campaign) = (bounce.subscription, bounce.campaign)
        if subscription.state == .pending {
            // Nobody can confirm what did not arrive; and they can sign up again.
            _ = try erase(subscription.id, at: now)
            return ReportFate(bounce.verdict)
        }
        if let start = campaign?.startedAt, start + Inbox.memory < now { return .late }
        if let campaign {
            guard try noteReport(of: campaign.id, on: subscription.id) else { return .again }
            try noteReturned(bounce.verdict.rawValue, bounce.status, of: campaign.id)
        }
        var fate = ReportFate(bounce.verdict)
        if bounce.verdict == .ours {
            fate.stopped = try campaign.flatMap { try stopIfReturned($0, status: bounce.status) }
        } else if subscription.state == .active, subscription.heldAt == nil, try isOut(bounce, at: now) {
            fate.counted = try hold(bounce, keyring, domains, at: now)
        }
        return fate
    }

    /// Whether enough is said against the mailbox. Only campaigns are counted: a mail that somebody asks for is sent once.
    private func isOut(_ bounce: Bounce, at now: Date) throws -> Bool {
        guard bounce.verdict != .dead else { return true }
        guard let campaign = bounce.campaign else { return false }
        let before = try strikes(of: bounce.subscription.id)
        let isInARow =
            try before?.campaign.map {
                try !hasCleanCampaign(between: $0, and: campaign, finishedBefore: now - Strikes.timeToReturn)
            } ?? true
        let strikes = Strikes(isInARow ? before : nil, bounce.verdict, of: campaign.id, at: now)
        if strikes.isOut { return true }
        try note(strikes, on: bounce.subscription.id)
        return false
    }

    private func hold(
        _ bounce: Bounce, _ keyring: Keyring, _ domains: any DomainMemory, at now: Date
    ) throws -> Data {
        let address = try keyring.person(bounce.subscription.person, of: bounce.subscription.id).address
        let domain = keyring.digest(ofDomain: address.domain)
        try noteAnswers([domain: domains.uncounted(ofDomain: domain)], at: now.hour)
        let hold = Hold(
            status: bounce.status.isEmpty ? bounce.verdict.rawValue : bounce.status, campaign: bounce.campaign?.id,
            domain: domain)
        try self.hold(bounce.subscription.id, hold, at: now)
        return domain
    }

    /// Refused because of us, by those whom the relay passed it on to.
    private func stopIfReturned(_ campaign: Campaign, status: String) throws -> Int64? {
        guard campaign.state == .sending else { return nil }
        let ours = try returned(of: campaign.id).filter { $0.class == ReportClass.ours.rawValue }
        let refused = try refusals(of: campaign.id).reduce(0) { $0 + $1.count }
        let stop = Guards.stop(
            returnedForUs: ours.reduce(0) { $0 + $1.count }, of: campaign.tally.accepted + refused, status: status)
        guard let stop else { return nil }
        try lockCampaign(campaign.id)
        guard var campaign = try self.campaign(campaign.id), campaign.state == .sending else { return nil }
        campaign.stop(stop.reason)
        try update(campaign)
        return campaign.id
    }
}

private struct Bounce {
    let subscription: Subscription
    let campaign: Campaign?
    let verdict: ReportClass
    let status: String
}

// MARK: Whose it is

/// Whose mail a report is about. Only a code of ours says so; an address in it proves nothing and is never looked up.
struct ReportOrigin {
    let subscription: SubscriptionID
    let campaign: Int64?
    /// It was sent to the address by which somebody leaves.
    private let isWish: Bool

    init?(_ report: Report, keyring: Keyring) {
        for mark in report.marks {
            if let tag = BounceTag.find(in: mark.text, keyring: keyring) {
                if tag.purpose == .probe { continue }
                let isWish = tag.purpose == .leave && mark.place == .recipient
                // No mail of ours has it as its sender: nothing can have bounced from it, or to it.
                if tag.purpose == .leave, mark.place == .returned || (isWish && report.kind != .reply) { continue }
                subscription = tag.subscription
                campaign = tag.campaign ?? Self.campaign(report.messageID, tag.subscription)
                self.isWish = isWish
                return
            }
            if mark.place == .unsubscribe, let link = Self.link(in: mark.text, keyring) {
                subscription = link.subscription
                campaign = Self.campaign(report.messageID, link.subscription)
                isWish = false
                return
            }
        }
        return nil
    }

    func verdict(of report: Report) -> ReportClass {
        isWish ? report.isByPerson ? .leave : .auto : report.verdict
    }

    private static func link(in text: String, _ keyring: Keyring) -> UnsubscribeLink? {
        text.utf8.place(of: Array("/unsubscribe/".utf8)).flatMap { place in
            UnsubscribeLink(
                String(decoding: text.utf8[place.upperBound...].prefix(200), as: UTF8.self), keyring: keyring)
        }
    }

    /// `<c42.SUBSCRIPTION@domain>`.
    private static func campaign(_ messageID: String?, _ subscription: SubscriptionID) -> Int64? {
        guard let left = messageID?.utf8.split(separator: UInt8(ascii: "@")).first else { return nil }
        let parts = left.drop { $0 == UInt8(ascii: "<") }.split(separator: UInt8(ascii: "."))
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2, parts[1] == subscription.hex, parts[0].hasPrefix("c") else { return nil }
        return Int64(parts[0].dropFirst())
    }
}
