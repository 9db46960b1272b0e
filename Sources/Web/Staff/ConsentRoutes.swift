import CourantAPI
import Hummingbird
import Mail
import Newsletter
import Rendering

/// `/api/v1/consents`: what people agreed to. Address and receipt are in the body, for URLs are written down on the way.
struct ConsentRoutes: Sendable {
    let consents: Consents

    private static let longestReceipt = 65_536

    func add(to router: StaffRouter) {
        router.on(.post, "consents/show", .serveSubscribers) { call in
            let wish = try await call.body(WhichSubscriber.self)
            let address = try EmailAddress(wished: wish.address, field: "address")
            let standings = try await consents.show(address, by: call.member.actor)
            guard !standings.isEmpty else { throw Refusal.notFound(.subscriber) }
            return try .json(ConsentsInfo(consents: standings.map { ConsentInfo($0) }))
        }
        router.on(.post, "consents/verify", .serveSubscribers) { call in
            let presented = try await call.body(PresentedReceipt.self).receipt
            guard presented.utf8.count <= Self.longestReceipt else {
                throw Refusal.invalid(
                    field: "receipt", problem: "It is too long: send the receipt's seven lines alone.")
            }
            return try .json(ReceiptInfo(await consents.verify(presented, by: call.member.actor)))
        }
    }
}

extension ConsentInfo {
    fileprivate init(_ standing: Consents.Standing) {
        let subscription = standing.subscription
        self.init(
            subscription: subscription.id.hex, list: subscription.list.slug.text, state: subscription.state.rawValue,
            basis: subscription.basis.rawValue, source: subscription.source,
            askedAt: subscription.consent?.knownAskedAt,
            confirmedAt: subscription.consent?.confirmedAt, policy: subscription.consent?.policy.nonEmpty,
            wording: subscription.consent?.text.nonEmpty.map { WordingInfo($0, standing.wording) },
            evidence: standing.evidence?.text)
    }
}

extension ReceiptInfo {
    fileprivate init(_ verdict: Consents.Verdict) {
        guard let receipt = verdict.receipt else {
            self.init(isGenuine: false)
            return
        }
        self.init(
            isGenuine: true, list: receipt.list, title: verdict.title, askedAt: receipt.askedAt,
            confirmedAt: receipt.confirmedAt, policy: receipt.policy,
            wording: WordingInfo(receipt.text, verdict.wording))
    }
}

extension WordingInfo {
    fileprivate init(_ hash: String, _ wording: ConsentWording?) {
        self.init(hash: hash, text: wording?.text, language: wording?.language.code)
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
