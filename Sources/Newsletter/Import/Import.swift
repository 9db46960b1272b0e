package import Foundation
package import Rendering

/// A file of people, on its way onto a list.
///
/// It is read as a whole before anything of it counts: each good line is staged, sealed, and one bad line throws all of them
/// away. Once the last line is read, accepting it is one fact, written in one transaction; from then on it is put on the
/// list batch by batch, and a crash only interrupts that: whoever starts next goes on. A line whose address is on the list
/// already, or asked not to be written to, is passed over, so that a file that comes twice changes nothing.
package struct Import: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Lines are still coming. What stays so is thrown away after an hour.
        case reading
        /// Read to its end; a second person has still to agree. What stays so is thrown away after a week.
        case proposed
        case accepted
        case done
    }

    package let id: Int64
    package let plan: ImportPlan
    package var state: State
    package let createdBy: String
    /// Of a file that comes in parts: when the latest of them came.
    package var createdAt: Date
    /// SHA-256 of the file, in hexadecimal, or of its parts' digests; empty while it is read as a whole.
    package var digest: String
    package var counts: ImportCounts
    /// That have come.
    package var parts: Int
    package var proposedAt: Date?
    package var approvedBy: String?

    package init(
        id: Int64, plan: ImportPlan, state: State, createdBy: String, createdAt: Date, digest: String,
        counts: ImportCounts, parts: Int = 0, proposedAt: Date? = nil, approvedBy: String? = nil
    ) {
        self.parts = parts
        self.proposedAt = proposedAt
        self.approvedBy = approvedBy
        self.id = id
        self.plan = plan
        self.state = state
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.digest = digest
        self.counts = counts
    }
}

/// What is imported where, and why we may.
package struct ImportPlan: Sendable, Equatable {
    package let list: MailingList
    /// Where the addresses come from, as their owners will read it.
    package let source: String
    package let `class`: SubscriberClass
    /// Nil where they are asked, or told.
    package let elsewhere: ConsentElsewhere?
    /// Bad lines are left out, instead of all of it.
    package let skipsBad: Bool
    /// Who has consented elsewhere is told by mail that the list has moved here.
    package let announces: Bool

    package init(
        list: MailingList, source: String, class: SubscriberClass, elsewhere: ConsentElsewhere? = nil,
        skipsBad: Bool = false, announces: Bool = false
    ) {
        self.announces = announces
        self.list = list
        self.source = source
        self.class = `class`
        self.elsewhere = elsewhere
        self.skipsBad = skipsBad
    }

    /// By what right they are on the list from then on.
    var basis: LegalBasis { elsewhere == nil ? list.basis : .consent }
}

/// Numbers of lines. Nothing here says whose.
package struct ImportCounts: Sendable, Equatable {
    /// Good ones, each address once.
    package var rows = 0
    /// Whose address stood further up in the file.
    package var duplicates = 0
    package var imported = 0
    /// On the list already.
    package var known = 0
    /// Asked never to be written to.
    package var blocked = 0
    /// Bad ones, in parts that have come.
    package var invalid = 0

    package init(
        rows: Int = 0, duplicates: Int = 0, imported: Int = 0, known: Int = 0, blocked: Int = 0, invalid: Int = 0
    ) {
        self.invalid = invalid
        self.rows = rows
        self.duplicates = duplicates
        self.imported = imported
        self.known = known
        self.blocked = blocked
    }
}

/// What is against a file: how many lines, and the first of them by number.
package struct ImportProblems: Error, Sendable, Equatable {
    package struct Line: Sendable, Equatable {
        package let line: Int
        package let fault: ImportFault

        package init(line: Int, fault: ImportFault) {
            self.line = line
            self.fault = fault
        }
    }

    package private(set) var lines: [Line] = []
    package private(set) var total = 0
    private let limit: Int

    /// Listed; the others are counted.
    package static let most = 20

    package init(limit: Int = most) { self.limit = limit }

    mutating func note(_ line: Int, _ fault: ImportFault) {
        total += 1
        if lines.count < limit { lines.append(Line(line: line, fault: fault)) }
    }
}

/// A line that waits, sealed, under the id that its subscription will have.
package struct StagedRow: Sendable {
    package let digest: Data
    package let fingerprint: Data
    package let subscription: SubscriptionID
    package let person: Sealed
    package let language: Language
    package let lastContact: Date?
    /// That was given elsewhere.
    package let consent: Consent?
    /// The file's, where the line names none.
    package let `class`: SubscriberClass?
    package let source: String?
    package let isRestricted: Bool

    package init(
        digest: Data, fingerprint: Data, subscription: SubscriptionID, person: Sealed, language: Language,
        lastContact: Date?, consent: Consent? = nil, class: SubscriberClass? = nil, source: String? = nil,
        isRestricted: Bool = false
    ) {
        self.consent = consent
        self.class = `class`
        self.source = source
        self.isRestricted = isRestricted
        self.digest = digest
        self.fingerprint = fingerprint
        self.subscription = subscription
        self.person = person
        self.language = language
        self.lastContact = lastContact
    }
}

/// What would become of lines that wait.
package struct ImportForecast: Sendable, Equatable {
    /// On the list already.
    package var known = 0
    /// Of these: asked, or told, and still to answer, or to be reached.
    package var pending = 0
    /// Asked never to be written to.
    package var blocked = 0

    package init(known: Int, pending: Int, blocked: Int) {
        self.known = known
        self.pending = pending
        self.blocked = blocked
    }
}

package protocol ImportRecords {
    func insert(_ plan: ImportPlan, by staff: String, idempotencyKey: String?, at: Date) throws -> Int64
    func `import`(_ id: Int64) throws -> Import?
    func `import`(idempotencyKey: String, by staff: String, since: Date) throws -> Import?
    func imports(_ state: Import.State) throws -> [Import]
    func update(_ file: Import) throws
    /// The key may be used again.
    func forgetKey(of id: Int64) throws
    func deleteImport(_ id: Int64) throws

    /// False if the address stood further up.
    func stage(_ row: StagedRow, for id: Int64) throws -> Bool
    /// The first that wait, in the file's order, which wait no longer.
    func takeStaged(of id: Int64, limit: Int) throws -> [StagedRow]
    func forecast(_ id: Int64, on list: MailingList) throws -> ImportForecast
}
