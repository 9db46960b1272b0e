package import Foundation

/// A list's rules, in days. As part of a change: what is absent stays as it is, and 0 takes a term or the asking away.
package struct RetentionInfo: Codable, Sendable, Equatable {
    /// After the latest activity; absent: until unsubscribed.
    package var subscriberDays: Int?
    package var partnerDays: Int?
    /// After the latest contact.
    package var prospectDays: Int?
    /// So many days before the end, the person is asked whether to be kept.
    package var remindDays: Int?
    /// So many days after the list is closed, everybody on it is erased.
    package var closedDays: Int?

    package init(
        subscriberDays: Int? = nil, partnerDays: Int? = nil, prospectDays: Int? = nil, remindDays: Int? = nil,
        closedDays: Int? = nil
    ) {
        self.subscriberDays = subscriberDays
        self.partnerDays = partnerDays
        self.prospectDays = prospectDays
        self.remindDays = remindDays
        self.closedDays = closedDays
    }
}

/// What is held of one class on one list.
package struct HoldingInfo: Codable, Sendable, Equatable {
    package var list: String
    /// `subscriber`, `partner`, `prospect` or `unconfirmed`
    package var `class`: String
    /// In words.
    package var rule: String
    package var days: Int?
    package var records: Int
    package var restricted: Int
    /// The latest activity of the one that has been quiet longest.
    package var oldest: Date?
    /// When that one goes.
    package var ends: Date?
    /// Past the rule and still there.
    package var overdue: Int

    package init(
        list: String, class: String, rule: String, days: Int?, records: Int, restricted: Int, oldest: Date?,
        ends: Date?,
        overdue: Int
    ) {
        self.list = list
        self.class = `class`
        self.rule = rule
        self.days = days
        self.records = records
        self.restricted = restricted
        self.oldest = oldest
        self.ends = ends
        self.overdue = overdue
    }
}

/// `GET /api/v1/retention`
package struct HoldingsInfo: Codable, Sendable, Equatable {
    package var holdings: [HoldingInfo]
    /// What no sweep does by itself.
    package var held: [HeldSweepInfo]?
    /// How long a closed request stands on the register.
    package var registerDays: Int?

    package init(holdings: [HoldingInfo], held: [HeldSweepInfo]? = nil, registerDays: Int? = nil) {
        self.holdings = holdings
        self.held = held
        self.registerDays = registerDays
    }
}

/// So many of a list would end at once that a person has to look at it first.
package struct HeldSweepInfo: Codable, Sendable, Equatable {
    package var list: String
    package var due: Int
    package var population: Int

    package init(list: String, due: Int, population: Int) {
        self.list = list
        self.due = due
        self.population = population
    }
}

/// `POST /api/v1/retention/release`
package struct ReleaseSweep: Codable, Sendable, Equatable {
    package var list: String
    /// How many would end.
    package var expect: Int

    package init(list: String, expect: Int) {
        self.list = list
        self.expect = expect
    }
}

/// `POST /api/v1/retention/run`
package struct RunRetention: Codable, Sendable, Equatable {
    package var dryRun: Bool
    package init(dryRun: Bool) { self.dryRun = dryRun }
}

/// What a sweep has done, or would do: counts alone.
package struct SweepInfo: Codable, Sendable, Equatable {
    package var dryRun: Bool
    package var expired: Int
    package var ended: Int
    package var closed: Int
    package var uninformed: Int
    package var asked: Int
    /// Not done: it waits for a person's word.
    package var held: [HeldSweepInfo]?

    package init(
        dryRun: Bool, expired: Int, ended: Int, closed: Int, uninformed: Int, asked: Int, held: [HeldSweepInfo]? = nil
    ) {
        self.dryRun = dryRun
        self.expired = expired
        self.ended = ended
        self.closed = closed
        self.uninformed = uninformed
        self.asked = asked
        self.held = held
    }
}

/// `POST /api/v1/retention/attest`
package struct AttestationInfo: Codable, Sendable, Equatable {
    /// ASCII lines, the last one the Ed25519 signature of those before.
    package var statement: String
    /// PEM.
    package var publicKey: String
    package var overdue: Int

    package init(statement: String, publicKey: String, overdue: Int) {
        self.statement = statement
        self.publicKey = publicKey
        self.overdue = overdue
    }
}

/// `POST /api/v1/subscribers/contact`: staff have met the person or had a reply.
package struct NoteContact: Codable, Sendable, Equatable {
    package var address: String
    /// Absent: every list the address is on.
    package var list: String?
    /// Absent: now.
    package var at: Date?

    package init(address: String, list: String? = nil, at: Date? = nil) {
        self.address = address
        self.list = list
        self.at = at
    }
}

/// `POST /api/v1/subscribers/classify`
package struct Classify: Codable, Sendable, Equatable {
    package var address: String
    package var list: String?
    package var `class`: String

    package init(address: String, list: String? = nil, class: String) {
        self.address = address
        self.list = list
        self.class = `class`
    }
}

/// How many subscriptions a call has changed.
package struct ChangedInfo: Codable, Sendable, Equatable {
    package var changed: Int
    package init(changed: Int) { self.changed = changed }
}
