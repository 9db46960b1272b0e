package import Foundation

/// Part of a campaign: those of its recipients who are said not to exist.
package struct HeldNote: Codable, Sendable, Equatable {
    package var count: Int
    /// Whether nobody is erased until staff decide.
    package var brake: Bool
    /// What becomes of them, in plain words.
    package var words: String

    package init(count: Int, brake: Bool, words: String) {
        self.count = count
        self.brake = brake
        self.words = words
    }
}

/// What came back of a campaign after the relay had taken it, so and so often.
package struct ReturnedInfo: Codable, Sendable, Equatable {
    /// `dead`, `soft`, `complaint`, …
    package var `class`: String
    /// `5.1.1`; empty where there is none.
    package var status: String
    /// In plain words.
    package var meaning: String
    package var count: Int

    package init(class: String, status: String, meaning: String, count: Int) {
        self.class = `class`
        self.status = status
        self.meaning = meaning
        self.count = count
    }
}

/// `GET /api/v1/bounces`, or of one campaign with `?campaign=42`.
package struct BouncesInfo: Codable, Sendable, Equatable {
    package struct Status: Codable, Sendable, Equatable {
        /// `5.1.1`
        package var status: String
        package var cause: String
        package var count: Int

        package init(status: String, cause: String, count: Int) {
            self.status = status
            self.cause = cause
            self.count = count
        }
    }

    package struct Share: Codable, Sendable, Equatable {
        /// Absent: by other mails than newsletters.
        package var campaign: String?
        package var count: Int

        package init(campaign: String?, count: Int) {
            self.campaign = campaign
            self.count = count
        }
    }

    package var held: Int
    package var statuses: [Status]
    package var campaigns: [Share]
    /// Whether nobody is erased until staff decide.
    package var brake: Bool
    /// Why, in plain words.
    package var reasons: [String]
    /// From when on the first are erased, or with the brake on released, if nobody decides.
    package var next: Date?
    /// Most frequent first.
    package var returned: [ReturnedInfo]?

    package init(
        held: Int, statuses: [Status], campaigns: [Share], brake: Bool, reasons: [String], next: Date?,
        returned: [ReturnedInfo]? = nil
    ) {
        self.returned = returned
        self.held = held
        self.statuses = statuses
        self.campaigns = campaigns
        self.brake = brake
        self.reasons = reasons
        self.next = next
    }
}

/// `POST /api/v1/bounces/release` and `/erase`.
package struct DecideBounces: Codable, Sendable, Equatable {
    /// Absent: all who are held.
    package var campaign: String?
    /// Refused (409, `held-changed`) where there are others now.
    package var expect: Int?

    package init(campaign: String? = nil, expect: Int? = nil) {
        self.campaign = campaign
        self.expect = expect
    }
}
