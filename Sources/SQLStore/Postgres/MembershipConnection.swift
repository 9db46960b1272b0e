import Foundation
import Mail
import Newsletter

/// Where the processes of a cluster meet: one connection that listens, one that calls to it, and the table `instance`.
///
/// That what is said arrives is proved and not assumed: the caller notifies the listener of a word that nobody can know
/// (`Echo`). PostgreSQL delivers notifications in the order of their commits, so whoever hears its own word has heard
/// of everybody who left before it was sent.
final class MembershipConnection {
    private let connection: PostgresLink
    /// Not the listener itself: behind a pooler that shares its connections out, that one would hear itself and nobody else.
    private let caller: PostgresLink
    private var echo: Echo?
    private let membership: Membership
    private let ledger: LedgerFile
    private let keptFor: TimeInterval
    private var copied: Int64
    /// When this process last renewed its lease here.
    private var renewed: ContinuousClock.Instant?
    private var hasWaited = false

    /// What a process calls to itself.
    struct Echo: Equatable {
        let word = String(UInt64.random(in: 0 ... .max), radix: 36)
        let sent = ContinuousClock.now
    }

    /// What is said at it: that a mail which `holder` has claimed must not start, and that it has heard so.
    enum Message {
        case leave(RemoteClaim)
        case left(RemoteClaim)
        case echo(String)

        init?(_ channel: String, _ payload: String) {
            if channel == "courant_echo" {
                self = .echo(payload)
                return
            }
            guard let remoteClaim = RemoteClaim(payload) else { return nil }
            switch channel {
            case "courant_leave": self = .leave(remoteClaim)
            case "courant_left": self = .left(remoteClaim)
            default: return nil
            }
        }
    }

    init(_ address: PostgresAddress, _ membership: Membership, _ ledger: LedgerFile, keptFor: TimeInterval) throws {
        self.membership = membership
        self.ledger = ledger
        self.keptFor = keptFor
        copied = ledger.last
        connection = try PostgresConnection.link(address)
        caller = try PostgresConnection.link(address)
        // Nothing is lost where an echo is.
        try caller.send("SET synchronous_commit = off")
        for channel in Self.channels { try connection.send(SQL(ofOurs: "LISTEN \(channel)")) }
        try connection.settle()
        let heard = try ask("SELECT pg_listening_channels()").map { try $0.text(0) }
        guard Self.channels.isSubset(of: heard) else { throw Deafness() }
    }

    private static let channels: Set = ["courant_leave", "courant_left", "courant_echo"]

    // MARK: Hearing oneself

    /// Unless one is still to be heard.
    func call() throws {
        guard echo == nil else { return }
        let next = Echo()
        echo = next
        try caller.send("SELECT pg_notify('courant_echo', \(next.word))")
        try caller.settle()
    }

    /// Until when this process may send because it has heard itself; nil where `word` is not its last.
    func heard(_ word: String) -> ContinuousClock.Instant? {
        guard let echo, echo.word == word else { return nil }
        self.echo = nil
        return echo.sent
    }

    /// It has called, and heard nothing for so long that nobody would be heard.
    var isDeaf: Bool { echo.map { .now - $0.sent > Cluster.earshot } ?? false }

    // MARK: The lease

    /// What a process knows of its place once it has renewed it.
    struct Lease {
        /// Since when it runs, by its own clock.
        let begin: ContinuousClock.Instant
        /// The others had given it up for dead: what it had claimed is theirs.
        let wasLost: Bool
    }

    /// Renews it, or takes a place. What the dead had claimed is due again, whoever finds them first.
    func beat() throws -> Lease {
        let sent = ContinuousClock.now
        try connection.send("BEGIN")
        guard try !ask("SELECT 1 FROM installation WHERE move_state IS NULL FOR UPDATE").isEmpty else {
            throw StoreFailure.unavailable("the records are moving house, or have moved: stop this courantd")
        }
        let (id, wasLost) = try renew()
        if try !mayBeBack() && buryTheDead() { try releaseClaims() }
        let living = try ask("SELECT id FROM instance ORDER BY id").map { try $0.integer(0) }
        try copyEntries()
        try connection.send("COMMIT")
        try connection.settle()
        renewed = .now
        membership.take(id, Share(index: living.firstIndex(of: id) ?? 0, of: max(1, living.count)))
        return Lease(begin: sent, wasLost: wasLost)
    }

    private func renew() throws -> (id: Int64, wasLost: Bool) {
        let lease = Int(Cluster.lease / .milliseconds(1))
        let kept = try ask(
            "UPDATE instance SET until = \(raw: serverTime) + \(lease) WHERE id = \(membership.id) RETURNING id")
        if !kept.isEmpty { return (membership.id, false) }
        let id = try number("INSERT INTO instance (until) VALUES (\(raw: serverTime) + \(lease)) RETURNING id")
        return (id, membership.id != 0)
    }

    /// Whoever was cut off may have been so together with the others, by a server that was away. They get a beat to come back:
    /// what they have sent and could not yet write down would be sent again.
    private func mayBeBack() -> Bool {
        let wasAway = renewed.map { .now - $0 > Cluster.lease - Cluster.beat * 2 } ?? true
        hasWaited = wasAway && !hasWaited
        return hasWaited
    }

    private func buryTheDead() throws -> Bool {
        try !ask("DELETE FROM instance WHERE until < \(raw: serverTime) RETURNING id").isEmpty
    }

    private func releaseClaims() throws {
        try connection.send(
            """
            UPDATE delivery SET state = 'deferred', next_at = 0, holder = 0
            WHERE state = 'claimed' AND holder NOT IN (SELECT id FROM instance)
            """)
        try connection.send(
            "UPDATE outbox SET is_claimed = 0, holder = 0 WHERE is_claimed = 1 AND holder NOT IN (SELECT id FROM instance)"
        )
        try connection.send(
            "UPDATE event SET is_claimed = 0, holder = 0 WHERE is_claimed = 1 AND holder NOT IN (SELECT id FROM instance)"
        )
    }

    /// At a stop everything is settled; what is not goes to the others.
    func leave() throws {
        try connection.send("BEGIN")
        try connection.send("SELECT 1 FROM installation FOR UPDATE")
        try connection.send("DELETE FROM instance WHERE id = \(membership.id)")
        try releaseClaims()
        try connection.send("COMMIT")
        try connection.settle()
    }

    // MARK: The ledger

    /// What the others have erased stands in this process's copy a moment later.
    private func copyEntries() throws {
        let entries = try ask(
            "SELECT \(raw: entryColumns) FROM erasure WHERE number > \(copied) ORDER BY number LIMIT 5000"
        ).map { try LedgerEntry($0) }
        guard let last = entries.last else { return }
        guard (try? ledger.write(entries)) != nil else { return }
        copied = last.number
        // A line's own time may be a wrong clock's.
        guard let row = try ask("SELECT clock_known FROM installation").first, let known = try row.optional(0, row.date)
        else { return }
        let horizon = min(last.at, known).addingTimeInterval(-keptFor)
        try connection.send("DELETE FROM erasure WHERE erased_at < \(horizon) AND number < \(copied)")
        try? ledger.forget(before: horizon)
    }

    // MARK: Who has left

    func words(within wait: Duration, waker: Int32) throws -> [Message] {
        try connection.notifications(within: wait, waker: waker).compactMap { Message($0.channel, $0.payload) }
    }

    func acknowledge(_ gone: [RemoteClaim]) throws {
        guard !gone.isEmpty else { return }
        for remoteClaim in gone { try connection.send("SELECT pg_notify('courant_left', \(remoteClaim.payload))") }
        try connection.settle()
    }

    // MARK: Asking

    private func ask(_ sql: SQL) throws -> [any SQLRow] {
        try connection.send(sql)
        return try connection.settle()?.all ?? []
    }

    private func number(_ sql: SQL) throws -> Int64 {
        guard let row = try ask(sql).first else { throw UnexpectedColumn(column: 0) }
        return try row.integer(0)
    }
}

/// LISTEN was answered, and nothing is heard.
struct Deafness: EngineFailure {
    var isLoss: Bool { false }
    var advice: String {
        "PostgreSQL's notifications do not arrive here, so that this courantd would not hear of those who leave: a pooler that "
            + "shares its connections out (PgBouncer's pool_mode = transaction or statement) stands between. Point store.url to "
            + "PostgreSQL itself, or set pool_mode = session"
    }
}

/// Leases run by the server's clock, which is everybody's.
let serverTime: StaticString = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT"
