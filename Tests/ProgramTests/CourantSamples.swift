import CourantAPI
import Foundation

/// What the stub tells about: one list, one campaign, one member of staff.
enum Sample {
    static let day = Date(timeIntervalSince1970: 1_780_000_000)

    /// In UTC, as the service keeps it.
    static let startOfDay = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)

    static let me = Whoami(
        name: "Kari", role: "editor", expiresAt: Date(timeIntervalSinceNow: 90 * 86_400), service: Release.version,
        publicURL: "https://news.acme.example")

    static let list = ListInfo(
        slug: "news", title: "Nyheter 日本", description: "Once a month", basis: "consent", senderName: "Acme",
        senderAddress: "news@acme.example", language: "nb", isPublic: true, active: 12_431, pending: 14, createdAt: day,
        closedAt: nil)

    static func progress(
        _ recipients: Int = 1200, accepted: Int = 0, deferred: Int = 0, refused: Int = 0, inDoubt: Int = 0
    ) -> ProgressInfo {
        ProgressInfo(
            recipients: recipients, left: recipients - accepted - deferred - refused - inDoubt, accepted: accepted,
            deferred: deferred, refused: refused, expired: 0, withdrawn: 0, inDoubt: inDoubt)
    }

    static func campaign(_ state: String, _ progress: ProgressInfo = progress(), reason: String? = nil) -> CampaignInfo
    {
        let began = ["sending", "sent", "paused"].contains(state)
        return CampaignInfo(
            id: "42", list: "news", subject: "Spring", state: state, reason: reason, progress: progress, createdAt: day,
            scheduledFor: state == "scheduled" ? Date(timeIntervalSinceNow: 7200) : nil, startedAt: began ? day : nil,
            finishedAt: state == "sent" ? day.addingTimeInterval(10) : nil)
    }

    static let warning = FindingInfo(
        severity: "warning", line: 12, message: "The image has no alternative text.")
    static let error = FindingInfo(
        severity: "error", line: nil, message: "There is no subject.")

    static func plan(_ recipients: Int = 1200, digest: String = "d1", findings: [FindingInfo] = []) -> PlanInfo {
        PlanInfo(
            campaign: campaign("planned"), recipients: recipients, digest: digest,
            from: "Acme <news@acme.example>", estimatedSeconds: 5, findings: findings)
    }

    static let preview = PreviewInfo(
        subject: "Spring", preheader: "Three things", from: "Acme <news@acme.example>", html: "<p>Hello</p>",
        text: "Hello\n", source: "Subject: Spring\r\n\r\nHello\r\n", findings: [warning])

    static let kari = StaffInfo(
        name: "Kari O'Neil", role: "sender", permissions: ["see", "edit", "send"], createdAt: day,
        expiresAt: Date(timeIntervalSinceNow: 10 * 86_400), lastUsed: startOfDay, concerns: ["unused", "expires-soon"])
    static let request = RequestInfo(
        id: "7", kind: "erasure", receivedAt: day, dueAt: day.addingTimeInterval(31 * 86_400), isExtended: false,
        isOverdue: true, closedAt: nil, outcome: nil, handler: nil)
    static let held = SubscriberInfo(
        address: "a***@example.org",
        subscriptions: [
            SubscriptionInfo(
                id: "ab", list: "news", address: "a***@example.org", name: "A***", language: "nb", state: "active",
                basis: "consent", source: "form", askedAt: day, confirmedAt: day, lastActivity: day, newAddress: nil)
        ], neverAgain: [NeverAgainInfo(list: nil, since: day)], requests: [request])
    static let entry = AuditEntryInfo(
        number: 7, at: day, actor: "staff:Kari", action: "campaign.send", subject: "campaign:42",
        result: "sending recipients=1200")

    static var retried: CampaignInfo {
        var campaign = campaign("sending")
        campaign.retried = 2
        return campaign
    }
    static let wording = WordingInfo(hash: "ab", text: "Yes, please", language: "en")
    static let consents = ConsentsInfo(consents: [
        ConsentInfo(
            subscription: "ab", list: "news", state: "active", basis: "consent", source: "form", askedAt: day,
            confirmedAt: day, policy: "1", wording: wording)
    ])
    static let receipt = ReceiptInfo(
        isGenuine: true, list: "news", title: "News", askedAt: day, confirmedAt: day, policy: "1", wording: wording)
    static let sent = campaign("sent", progress(accepted: 1200))
    static let file = "---\nsubject: Spring\n---\nHello\n"
}

/// Everything that a send from file to end asks for, answered well; `others` take their place.
func service(_ others: [String: [CourantStub.Reply]] = [:]) throws -> [String: [CourantStub.Reply]] {
    let draft = try CourantStub.Reply.json(Sample.campaign("draft"))
    let replies: [String: [CourantStub.Reply]] = [
        "GET /api/v1/whoami": [try .json(Sample.me)],
        "GET /readyz": [CourantStub.Reply()],
        "POST /api/v1/subscribers/find": [try .json(Sample.held)],
        "POST /api/v1/consents/show": [try .json(Sample.consents)],
        "POST /api/v1/consents/verify": [try .json(Sample.receipt)],
        "POST /api/v1/subscribers/export": [CourantStub.Reply(body: "{\"version\":1}\n")],
        "POST /api/v1/subscribers/rectify": [CourantStub.Reply(status: 204)],
        "POST /api/v1/subscribers/restrict": [try .json(ServedInfo(subscriptions: 2))],
        "POST /api/v1/subscribers/unrestrict": [try .json(ServedInfo(subscriptions: 1))],
        "POST /api/v1/subscribers/object": [try .json(ServedInfo(subscriptions: 0))],
        "POST /api/v1/subscribers/erase": [try .json(ServedInfo(subscriptions: 2))],
        "POST /api/v1/subscribers/forgive": [CourantStub.Reply(status: 204)],
        "GET /api/v1/requests": [try .json(RequestsInfo(requests: [Sample.request]))],
        "GET /api/v1/requests?open=true": [try .json(RequestsInfo(requests: [Sample.request]))],
        "POST /api/v1/requests": [try .json(Sample.request, status: 201)],
        "POST /api/v1/requests/7/extend": [try .json(Sample.request)],
        "POST /api/v1/requests/7/close": [try .json(Sample.request)],
        "GET /api/v1/staff": [try .json(StaffListInfo(staff: [Sample.kari]))],
        "POST /api/v1/staff": [try .json(AddedStaff(member: Sample.kari, token: "courant.id.secret.sum"), status: 201)],
        "POST /api/v1/staff/review": [try .json(StaffListInfo(staff: [Sample.kari]))],
        "POST /api/v1/staff/Kari%20O%27Neil/renew": [try .json(Sample.kari)],
        "POST /api/v1/staff/Kari/revoke": [CourantStub.Reply(status: 204)],
        "GET /api/v1/audit?limit=50": [try .json(AuditInfo(entries: [Sample.entry]))],
        "GET /api/v1/audit?limit=5&from=3": [try .json(AuditInfo(entries: [Sample.entry]))],
        "GET /api/v1/audit/verify": [
            try .json(AuditVerdictInfo(isWhole: true, entries: 1204, mark: "1204-ab", entry: nil, problem: nil))
        ],
        "GET /api/v1/audit/verify?mark=7-ab": [
            try .json(
                AuditVerdictInfo(isWhole: false, entries: 3, mark: nil, entry: 4, problem: "Entry 4 is missing."))
        ],
        "GET /api/v1/bounces?campaign=42": [
            try .json(
                BouncesInfo(
                    held: 12,
                    statuses: [
                        BouncesInfo.Status(status: "5.1.1", cause: "said not to exist: no such mailbox", count: 12)
                    ],
                    campaigns: [BouncesInfo.Share(campaign: "42", count: 12)], brake: true,
                    reasons: ["12 of 14 at one provider are said not to exist."], next: Sample.day))
        ],
        "GET /api/v1/bounces": [
            try .json(BouncesInfo(held: 0, statuses: [], campaigns: [], brake: false, reasons: [], next: nil))
        ],
        "POST /api/v1/bounces/release": [try .json(ChangedInfo(changed: 12))],
        "POST /api/v1/bounces/erase": [try .json(ChangedInfo(changed: 12))],
        "GET /api/v1/lists": [try .json(ListsInfo(lists: [Sample.list]))],
        "GET /api/v1/lists/news": [try .json(Sample.list)],
        "POST /api/v1/lists": [try .json(Sample.list, status: 201)],
        "PATCH /api/v1/lists/news": [try .json(Sample.list)],
        "POST /api/v1/lists/news/close": [try .json(Sample.list)],
        "POST /api/v1/campaigns/lint": [try .json(LintInfo(findings: [Sample.warning]))],
        "POST /api/v1/campaigns/preview": [try .json(Sample.preview)],
        "GET /api/v1/campaigns": [try .json(CampaignsInfo(campaigns: [Sample.sent]))],
        "POST /api/v1/campaigns": [try .json(Sample.campaign("draft"), status: 201)],
        "GET /api/v1/campaigns/42": [draft],
        "GET /api/v1/campaigns/42/report": [
            try .json(
                ReportInfo(
                    campaign: Sample.sent,
                    refusals: [RefusalInfo(status: "5.1.1", cause: "said not to exist: no such mailbox", count: 7)],
                    troubled: []))
        ],
        "GET /api/v1/campaigns/42/preview": [try .json(Sample.preview)],
        "PATCH /api/v1/campaigns/42": [draft],
        "POST /api/v1/campaigns/42/reschedule": [try .json(Sample.campaign("scheduled"))],
        "POST /api/v1/campaigns/42/test": [try .json(TestInfo(state: "accepted"), status: 202)],
        "POST /api/v1/campaigns/42/plan": [try .json(Sample.plan())],
        "POST /api/v1/campaigns/42/approve": [try .json(Sample.campaign("approved"))],
        "POST /api/v1/campaigns/42/send": [try .json(Sample.campaign("sending"), status: 202)],
        "POST /api/v1/campaigns/42/pause": [try .json(Sample.campaign("paused", Sample.progress(accepted: 300)))],
        "POST /api/v1/campaigns/42/resume": [try .json(Sample.campaign("sending"))],
        "POST /api/v1/campaigns/42/cancel": [try .json(Sample.campaign("cancelled"))],
        "POST /api/v1/campaigns/42/retry": [try .json(Sample.retried)],
        "GET /api/v1/campaigns/42/events": [
            try .events(Sample.campaign("sending", Sample.progress(accepted: 600)), Sample.sent)
        ],
    ]
    return replies.merging(others) { $1 }
}
