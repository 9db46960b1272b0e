package import Foundation

/// A file of people whom another tool knows as never to be written to again. Their addresses become fingerprints and nothing
/// else; whoever of them is on a list leaves it, as by an unsubscribe with that wish. Until it is accepted nothing has
/// happened, and of an address only its keyed digests are held even then.
package struct Block: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case reading, accepted, done
    }

    package let id: Int64
    package let plan: BlockPlan
    package var state: State
    package let createdBy: String
    /// When the latest of its parts came.
    package var createdAt: Date
    package var parts: Int
    package var counts: BlockCounts

    package init(
        id: Int64, plan: BlockPlan, state: State, createdBy: String, createdAt: Date, parts: Int, counts: BlockCounts
    ) {
        self.id = id
        self.plan = plan
        self.state = state
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.parts = parts
        self.counts = counts
    }
}

package struct BlockPlan: Sendable, Equatable {
    /// Nil: for every list.
    package let list: MailingList?
    /// Where the file comes from; of it nothing is kept with the people.
    package let source: String
    /// Bad lines are left out, instead of all of it.
    package let skipsBad: Bool

    package init(list: MailingList?, source: String, skipsBad: Bool) {
        self.list = list
        self.source = source
        self.skipsBad = skipsBad
    }
}

/// Numbers of lines. Nothing here says whose.
package struct BlockCounts: Sendable, Equatable {
    /// Good ones, each address once.
    package var rows = 0
    package var duplicates = 0
    package var invalid = 0
    /// Had that wish already.
    package var known = 0
    /// Have it from now on.
    package var blocked = 0
    /// Subscriptions that go, or have gone.
    package var leaving = 0

    package init(
        rows: Int = 0, duplicates: Int = 0, invalid: Int = 0, known: Int = 0, blocked: Int = 0, leaving: Int = 0
    ) {
        self.rows = rows
        self.duplicates = duplicates
        self.invalid = invalid
        self.known = known
        self.blocked = blocked
        self.leaving = leaving
    }
}

/// What would become of lines that wait.
package struct BlockForecast: Sendable, Equatable {
    package let known: Int
    package let leaving: Int
    /// On the list, or on all of them.
    package let population: Int

    package init(known: Int, leaving: Int, population: Int) {
        self.known = known
        self.leaving = leaving
        self.population = population
    }

    /// More than a few leave, and more than one in twenty: somebody may have taken the wrong file.
    package var isMany: Bool { leaving > 10 && leaving * 20 > population }
}

/// A line that waits.
package struct BlockRow: Sendable {
    package let digest: Data
    package let fingerprint: Data

    package init(digest: Data, fingerprint: Data) {
        self.digest = digest
        self.fingerprint = fingerprint
    }
}

package protocol BlockRecords {
    func insert(_ plan: BlockPlan, by staff: String, idempotencyKey: String, at: Date) throws -> Int64
    func block(_ id: Int64) throws -> Block?
    func block(idempotencyKey: String, by staff: String) throws -> Block?
    func blocks(_ state: Block.State) throws -> [Block]
    func update(_ block: Block) throws
    /// The key may be used again.
    func forgetKey(ofBlock id: Int64) throws
    func deleteBlock(_ id: Int64) throws

    /// False if the address stood further up.
    func stage(_ row: BlockRow, forBlock id: Int64) throws -> Bool
    /// The first that wait, which wait no longer.
    func takeStaged(ofBlock id: Int64, limit: Int) throws -> [BlockRow]
    func forecast(of block: Block) throws -> BlockForecast
    /// Whether this very wish is kept already.
    func isKept(_ fingerprint: Data, on list: MailingList?) throws -> Bool
}
