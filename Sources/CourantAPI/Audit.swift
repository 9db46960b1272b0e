package import Foundation

/// One thing that staff or host did: who, what, when, to what. No address and no subscriber's name.
package struct AuditEntryInfo: Codable, Sendable, Equatable {
    /// From 1, without gaps.
    package var number: Int64
    package var at: Date
    /// `staff:Eva`, or `host`
    package var actor: String
    /// `campaign.send`
    package var action: String
    /// `campaign:42`, `list:news`, `subscription:` and a random id
    package var subject: String
    /// `done`, `recipients=120` …
    package var result: String

    package init(number: Int64, at: Date, actor: String, action: String, subject: String, result: String) {
        self.number = number
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.result = result
    }
}

/// `GET /api/v1/audit`, in the order of what happened.
package struct AuditInfo: Codable, Sendable, Equatable {
    package var entries: [AuditEntryInfo]
    package init(entries: [AuditEntryInfo]) { self.entries = entries }
}

/// `GET /api/v1/audit/verify`
package struct AuditVerdictInfo: Codable, Sendable, Equatable {
    package var isWhole: Bool
    /// So many are as they were written, from the first on.
    package var entries: Int64
    /// The chain's end in a line, to be noted elsewhere and given to a later call; absent where it is empty or broken.
    package var mark: String?
    /// The first entry that is wrong.
    package var entry: Int64?
    /// What is wrong, in words.
    package var problem: String?

    package init(isWhole: Bool, entries: Int64, mark: String?, entry: Int64?, problem: String?) {
        self.isWhole = isWhole
        self.entries = entries
        self.mark = mark
        self.entry = entry
        self.problem = problem
    }
}
