import CourantAPI
import Foundation
import Mail
import Newsletter
import Rendering

/// What is held, as the wire shows it: masked unless it is asked for in full.
extension SubscriberInfo {
    init(_ held: PersonalData, inFull: Bool, at now: Date) {
        self.init(
            address: held.address.shown(inFull),
            subscriptions: held.subscriptions.map { SubscriptionInfo($0, inFull: inFull) },
            neverAgain: held.fingerprints.map { NeverAgainInfo(list: $0.list?.text, since: $0.since) },
            requests: held.requests.map { RequestInfo($0, at: now) })
    }
}

extension SubscriptionInfo {
    fileprivate init(_ held: SubscriptionData, inFull: Bool) {
        let subscription = held.subscription
        self.init(
            id: subscription.id.hex, list: subscription.list.slug.text, address: held.person.address.shown(inFull),
            name: held.person.name.map { inFull ? $0.text : $0.text.masked },
            company: held.person.company.map { inFull ? $0.text : $0.text.masked },
            language: subscription.language.code,
            state: subscription.state.rawValue, basis: subscription.basis.rawValue, source: subscription.source,
            askedAt: subscription.consent?.knownAskedAt, confirmedAt: subscription.consent?.confirmedAt,
            lastActivity: subscription.lastActivity, newAddress: held.change?.address.shown(inFull))
    }
}

extension RequestInfo {
    init(_ request: RightsRequest, at now: Date) {
        self.init(
            id: String(request.id), kind: request.kind.rawValue, receivedAt: request.receivedAt, dueAt: request.dueAt,
            isExtended: request.isExtended, isOverdue: request.isOverdue(at: now), closedAt: request.closedAt,
            outcome: request.outcome?.rawValue, handler: request.handler)
    }
}

extension EmailAddress {
    /// `a***@example.org`
    fileprivate func shown(_ inFull: Bool) -> String { inFull ? wire : "\(localPart.masked)@\(domain)" }
}

extension String {
    fileprivate var masked: String { prefix(1) + "***" }
}
