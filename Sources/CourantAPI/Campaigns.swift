package import Foundation

/// One thing that lint found in a campaign file.
package struct FindingInfo: Codable, Sendable, Equatable {
    /// `error` (not sent) or `warning`
    package var severity: String
    /// 1-based line of the file, front matter included; absent where it concerns the whole.
    package var line: Int?
    /// What is wrong and what to do about it.
    package var message: String

    package init(severity: String, line: Int?, message: String) {
        self.severity = severity
        self.line = line
        self.message = message
    }
}

/// `POST /api/v1/campaigns/lint`, `POST /api/v1/campaigns/preview`: the file as it stands on the marketer's disk.
package struct CampaignSource: Codable, Sendable, Equatable {
    /// Front matter and Markdown.
    package var source: String
    /// The list's slug; where absent, the file's own `list`.
    package var list: String?
    /// For the preview: a recipient's name and company; absent shows the mail of somebody who gave none.
    package var name: String?
    package var company: String?
    /// What the file is called, without its folders: by it whoever sends it again meets the campaign that it is already.
    package var file: String?

    package init(source: String, list: String? = nil, name: String? = nil, company: String? = nil, file: String? = nil)
    {
        self.source = source
        self.list = list
        self.name = name
        self.company = company
        self.file = file
    }
}

package struct LintInfo: Codable, Sendable, Equatable {
    package var findings: [FindingInfo]
    package init(findings: [FindingInfo]) { self.findings = findings }
}

/// What a recipient would get.
package struct PreviewInfo: Codable, Sendable, Equatable {
    package var subject: String
    package var preheader: String?
    package var from: String
    package var html: String
    package var text: String
    /// The whole mail as it would go on the wire, for a `.eml` file.
    package var source: String
    package var findings: [FindingInfo]

    package init(
        subject: String, preheader: String?, from: String, html: String, text: String, source: String,
        findings: [FindingInfo]
    ) {
        self.subject = subject
        self.preheader = preheader
        self.from = from
        self.html = html
        self.text = text
        self.source = source
        self.findings = findings
    }
}

/// `POST /api/v1/campaigns/{id}/test`: one mail to one address, outside every list.
package struct TestMail: Codable, Sendable, Equatable {
    package var to: String
    package var name: String?
    package var company: String?
    /// Seconds to wait for the relay's answer, 30 at the most; absent: none.
    package var wait: Int?
    package init(to: String, name: String? = nil, company: String? = nil, wait: Int? = nil) {
        self.to = to
        self.name = name
        self.company = company
        self.wait = wait
    }
}

/// The answer to it.
package struct TestInfo: Codable, Sendable, Equatable {
    /// `accepted` by the relay, `refused`, `deferred` (tried again by itself), or `waiting`
    package var state: String
    /// Why the relay has not got it; absent where it has, or where nothing is known yet.
    package var reason: String?
    package init(state: String, reason: String? = nil) {
        self.state = state
        self.reason = reason
    }
}

/// `POST /api/v1/campaigns/{id}/plan`: what would go to how many. The digest names content and audience; approving and
/// sending ask for it, so that nothing else than what was seen goes out.
package struct PlanInfo: Codable, Sendable, Equatable {
    package var campaign: CampaignInfo
    package var recipients: Int
    package var digest: String
    package var from: String
    /// At the relay's configured rate, or the rate seen lately; absent where unknown.
    package var estimatedSeconds: Double?
    package var findings: [FindingInfo]
    /// Where two must agree: why it may not go out yet. Absent where it may.
    package var lack: String?

    package init(
        campaign: CampaignInfo, recipients: Int, digest: String, from: String, estimatedSeconds: Double?,
        findings: [FindingInfo], lack: String? = nil
    ) {
        self.campaign = campaign
        self.recipients = recipients
        self.digest = digest
        self.from = from
        self.estimatedSeconds = estimatedSeconds
        self.findings = findings
        self.lack = lack
    }
}

/// `POST /api/v1/campaigns/{id}/approve`
package struct Approve: Codable, Sendable, Equatable {
    package var digest: String
    /// Refused (409, `recipients-changed`) where the count is another now.
    package var expectRecipients: Int?

    package init(digest: String, expectRecipients: Int? = nil) {
        self.digest = digest
        self.expectRecipients = expectRecipients
    }
}

/// `POST /api/v1/campaigns/{id}/send`, with `Idempotency-Key`.
package struct Send: Codable, Sendable, Equatable {
    package var digest: String
    /// Refused (409, `recipients-changed`) where the count is another now.
    package var expectRecipients: Int?
    /// When to begin; absent: now.
    package var at: Date?

    package init(digest: String, expectRecipients: Int? = nil, at: Date? = nil) {
        self.digest = digest
        self.expectRecipients = expectRecipients
        self.at = at
    }
}

/// `POST /api/v1/campaigns/{id}/retry`
package struct Retry: Codable, Sendable, Equatable {
    /// Also the deliveries whose outcome is unknown.
    package var inDoubt: Bool
    package init(inDoubt: Bool) { self.inDoubt = inDoubt }
}

/// A campaign and how far it is: `GET /api/v1/campaigns/{id}`; one line of `GET /api/v1/campaigns/{id}/events`.
package struct CampaignInfo: Codable, Sendable, Equatable {
    package var id: String
    package var list: String
    package var subject: String
    /// `draft`, `planned`, `approved`, `scheduled`, `sending`, `paused`, `sent`, `cancelled`
    package var state: String
    /// Why it stands still, in plain words; absent while all is well.
    package var reason: String?
    package var progress: ProgressInfo
    package var createdAt: Date
    package var scheduledFor: Date?
    package var startedAt: Date?
    package var finishedAt: Date?
    /// The login that made it, and the one that approved it.
    package var createdBy: String?
    package var approvedBy: String?
    /// Those of its recipients who are said not to exist; absent where there are none.
    package var held: HeldNote?
    /// How many it would reach now; absent once it has begun. Then see `progress.recipients`.
    package var audience: Int?
    /// The version of the privacy policy that it tells everybody of, whatever list they are on; `list` is where it is filed.
    package var notice: String?
    /// When the first of the deferred is tried again by itself; absent where none is.
    package var nextAttempt: Date?
    /// When the relay is tried again, where the campaign waits for it.
    package var relayNextTry: Date?
    /// Of the answer to a retry alone: how many are tried again.
    package var retried: Int?
    /// What its file is called, where that was said.
    package var file: String?
    /// The name of its text; absent for a notice of the service's own.
    package var content: String?

    package init(
        id: String, list: String, subject: String, state: String, reason: String?, progress: ProgressInfo,
        createdAt: Date, scheduledFor: Date?, startedAt: Date?, finishedAt: Date?, createdBy: String? = nil,
        approvedBy: String? = nil, audience: Int? = nil, notice: String? = nil, retried: Int? = nil,
        file: String? = nil, content: String? = nil
    ) {
        self.audience = audience
        self.notice = notice
        self.retried = retried
        self.id = id
        self.list = list
        self.subject = subject
        self.state = state
        self.reason = reason
        self.progress = progress
        self.createdAt = createdAt
        self.scheduledFor = scheduledFor
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.createdBy = createdBy
        self.approvedBy = approvedBy
        self.file = file
        self.content = content
    }

    /// It can still be given another text or time.
    package var isOpen: Bool {
        startedAt == nil && ["draft", "planned", "approved", "scheduled", "paused"].contains(state)
    }

    /// Nothing more happens to it by itself.
    package var isOver: Bool { state == "sent" || state == "cancelled" }
}

/// `GET /api/v1/campaigns/{id}/report`: the end result, with what went wrong and for whom.
package struct ReportInfo: Codable, Sendable, Equatable {
    package var campaign: CampaignInfo
    /// By cause, most frequent first.
    package var refusals: [RefusalInfo]
    /// The refused, the expired and the in doubt; the first thousand.
    package var troubled: [TroubledInfo]
    /// What came back after the relay had taken it, most frequent first.
    package var returned: [ReturnedInfo]?

    package init(
        campaign: CampaignInfo, refusals: [RefusalInfo], troubled: [TroubledInfo], returned: [ReturnedInfo]? = nil
    ) {
        self.returned = returned
        self.campaign = campaign
        self.refusals = refusals
        self.troubled = troubled
    }
}

package struct RefusalInfo: Codable, Sendable, Equatable {
    /// `5.1.1` (RFC 3463), or `550` where the relay sends no enhanced codes.
    package var status: String
    /// What that means.
    package var cause: String
    package var count: Int

    package init(status: String, cause: String, count: Int) {
        self.status = status
        self.cause = cause
        self.count = count
    }
}

package struct TroubledInfo: Codable, Sendable, Equatable {
    /// The subscription's random id: says nothing about the person.
    package var subscription: String
    /// `refused`, `expired` or `in-doubt`
    package var state: String
    package var status: String?

    package init(subscription: String, state: String, status: String?) {
        self.subscription = subscription
        self.state = state
        self.status = status
    }
}

package struct CampaignsInfo: Codable, Sendable, Equatable {
    package var campaigns: [CampaignInfo]
    package init(campaigns: [CampaignInfo]) { self.campaigns = campaigns }
}
