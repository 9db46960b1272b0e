import CourantAPI
import Hummingbird
import Mail
import Newsletter

/// `/api/v1/retention`, and what staff know of a person's activity.
struct RetentionRoutes: Sendable {
    let retention: Retention

    func add(to router: StaffRouter) {
        router.on(.get, "retention", .see) { _ in
            try .json(
                HoldingsInfo(
                    holdings: await retention.show().map { HoldingInfo($0) },
                    held: await retention.held().map { HeldSweepInfo($0) },
                    registerDays: Int(retention.registerTerm / .days(1))))
        }
        router.on(.post, "retention/release", .serveSubscribers, release)
        router.on(.post, "retention/run", .serveSubscribers, run)
        router.on(.post, "retention/attest", .serveSubscribers) { call in
            try .json(AttestationInfo(await retention.attest(by: .staff(call.member.name))))
        }
        router.on(.post, "subscribers/contact", .serveSubscribers, noteContact)
        router.on(.post, "subscribers/classify", .serveSubscribers, classify)
    }

    @Sendable private func run(_ call: StaffCall) async throws -> Response {
        let isDry = try await call.body(RunRetention.self).dryRun
        let sweep =
            isDry ? try await retention.rehearse() : try await retention.sweep(by: .staff(call.member.name))
        return try .json(SweepInfo(sweep, dryRun: isDry))
    }

    @Sendable private func release(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(ReleaseSweep.self)
        let released = try await retention.release(
            Slug(wished: wish.list), expecting: wish.expect, by: .staff(call.member.name))
        return try .json(HeldSweepInfo(released))
    }

    @Sendable private func noteContact(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(NoteContact.self)
        let count = try await retention.noteContact(
            with: EmailAddress(wished: wish.address, field: "address"), on: wish.list.map { try Slug(wished: $0) },
            at: wish.at,
            by: .staff(call.member.name))
        return try .json(ChangedInfo(changed: count))
    }

    @Sendable private func classify(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(Classify.self)
        let count = try await retention.classify(
            EmailAddress(wished: wish.address, field: "address"), on: wish.list.map { try Slug(wished: $0) },
            as: SubscriberClass(wished: wish.class), by: .staff(call.member.name))
        return try .json(ChangedInfo(changed: count))
    }
}

extension Slug {
    init(wished text: String) throws {
        guard let slug = Slug(text) else { throw Refusal.notFound(.list) }
        self = slug
    }
}

extension SubscriberClass {
    init(wished text: String) throws {
        guard let kind = SubscriberClass(rawValue: text) else {
            throw Refusal.invalid(field: "class", problem: "A class is subscriber, partner or prospect.")
        }
        self = kind
    }
}

extension RetentionRules {
    mutating func take(_ wish: RetentionInfo?) {
        guard let wish else { return }
        for (kind, days) in [
            (SubscriberClass.subscriber, wish.subscriberDays), (.partner, wish.partnerDays),
            (.prospect, wish.prospectDays),
        ] {
            if let days { terms[kind] = days == 0 ? nil : days }
        }
        if let days = wish.remindDays { remindDays = days == 0 ? nil : days }
        closedDays = wish.closedDays ?? closedDays
    }
}

extension RetentionInfo {
    init(_ rules: RetentionRules) {
        self.init(
            subscriberDays: rules.terms[.subscriber], partnerDays: rules.terms[.partner],
            prospectDays: rules.terms[.prospect], remindDays: rules.remindDays, closedDays: rules.closedDays)
    }
}

extension HoldingInfo {
    fileprivate init(_ holding: RetentionStatus) {
        self.init(
            list: holding.list.text, class: holding.kind, rule: holding.rule, days: holding.term,
            records: holding.records, restricted: holding.restricted, oldest: holding.oldest, ends: holding.ends,
            overdue: holding.overdue)
    }
}

extension SweepInfo {
    fileprivate init(_ sweep: Sweep, dryRun: Bool) {
        self.init(
            dryRun: dryRun, expired: sweep.expired, ended: sweep.ended, closed: sweep.closed,
            uninformed: sweep.uninformed, asked: sweep.asked, held: sweep.held.map { HeldSweepInfo($0) })
    }
}

extension HeldSweepInfo {
    fileprivate init(_ held: HeldSweep) {
        self.init(list: held.list.text, due: held.due, population: held.population)
    }
}

extension AttestationInfo {
    fileprivate init(_ attestation: Attestation) {
        self.init(
            statement: attestation.statement, publicKey: attestation.publicKey,
            overdue: attestation.holdings.reduce(0) { $0 + $1.overdue })
    }
}
