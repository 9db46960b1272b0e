import CourantAPI
import Foundation
import Hummingbird
import Newsletter

/// `/api/v1/bounces`: who is said not to exist, in numbers, and what is to become of them.
struct BounceRoutes: Sendable {
    let bounces: Bounces

    func add(to router: StaffRouter) {
        router.on(.get, "bounces", .see) { call in
            let campaign = try number(call.request.uri.queryParameters.get("campaign"))
            return try .json(BouncesInfo(await bounces.show(campaign: campaign)))
        }
        router.on(.post, "bounces/release", .serveSubscribers) { call in
            let wish = try await call.body(DecideBounces.self)
            let count = try await bounces.release(
                campaign: number(wish.campaign), expect: wish.expect, by: call.member.actor)
            return try .json(ChangedInfo(changed: count))
        }
        router.on(.post, "bounces/erase", .serveSubscribers) { call in
            let wish = try await call.body(DecideBounces.self)
            let count = try await bounces.erase(
                campaign: number(wish.campaign), expect: wish.expect, by: call.member.actor)
            return try .json(ChangedInfo(changed: count))
        }
    }

    /// A campaign's, as it was written; nil where none was.
    private func number(_ campaign: String?) throws -> Int64? {
        guard let campaign else { return nil }
        guard let number = Int64(campaign), number > 0 else { throw Refusal.notFound(.campaign) }
        return number
    }
}

extension BouncesInfo {
    init(_ standing: HeldStanding) {
        self.init(
            held: standing.held,
            statuses: standing.statuses.map {
                Status(status: $0.status, cause: RefusalCause.meaning(of: $0.status), count: $0.count)
            },
            campaigns: standing.campaigns.map { Share(campaign: $0.campaign.map(String.init), count: $0.count) },
            brake: standing.brake.isOn, reasons: standing.brake.words, next: standing.next,
            returned: standing.returned.map { ReturnedInfo($0) })
    }
}

extension ReturnedInfo {
    init(_ returned: ReturnedCount) {
        self.init(
            class: returned.class, status: returned.status, meaning: Self.meaning[returned.class] ?? "",
            count: returned.count)
    }

    private static let meaning = [
        "auto": "an automatic answer", "leave": "left by mail", "delayed": "not given up yet",
        "ours": "refused because of us", "refused": "the recipient takes mail from some senders alone",
        "full": "the mailbox is full", "soft": "given up after days", "disabled": "the mailbox is switched off",
        "strike": "perhaps gone", "dead": "said not to exist", "complaint": "called spam: they have left",
        "gone": "about somebody who had left",
    ]
}
