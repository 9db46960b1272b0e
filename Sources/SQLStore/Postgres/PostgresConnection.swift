import Foundation
import Newsletter

/// PostgreSQL as the statements see it. It makes its link anew whenever that is lost, at the head of the next transaction.
final class PostgresConnection: WritingConnection {
    private let address: PostgresAddress
    private var link: PostgresLink?
    /// After a failure nobody waits for another one for so long.
    private static let rest: Duration = .milliseconds(500)
    private var failure: (error: PostgresFailure, until: ContinuousClock.Instant)?

    private(set) var isInsideTransaction = false
    private(set) var traces = 0
    var dialect: Dialect { .postgresql }

    init(_ address: PostgresAddress) {
        self.address = address
    }

    // MARK: Statements

    func execute(_ sql: SQL) throws {
        traces += 1
        _ = try noting { try $0.send(sql) }
    }

    func changes(by sql: SQL) throws -> Int {
        traces += 1
        return try ask(sql)?.changed ?? 0
    }

    func query<Value>(_ sql: SQL, _ decode: (any SQLRow) throws -> Value) throws -> [Value] {
        guard let result = try ask(sql) else { return [] }
        return try result.all.map(decode)
    }

    /// Many rows into a table and its columns.
    func copy(_ target: String, _ rows: [[SQLValue]]) throws {
        traces += 1
        try noting { try $0.copy(into: target, rows) }
    }

    private func ask(_ sql: SQL) throws -> PostgresResult? {
        try noting { link in
            try link.send(sql)
            return try link.settle()
        }
    }

    /// A failure spoils the transaction; a loss ends it.
    private func noting<Value>(_ work: (PostgresLink) throws -> Value) throws -> Value {
        guard let link, !link.isLost else {
            isInsideTransaction = false
            throw PostgresFailure(cause: .lost)
        }
        do {
            return try work(link)
        } catch {
            traces += 1
            if (error as? any EngineFailure)?.isLoss == true { drop() }
            throw error
        }
    }

    func drop() {
        link = nil
        isInsideTransaction = false
    }

    /// For good.
    func close() {
        drop()
        failure = (PostgresFailure(cause: .closed), .now + .seconds(100 * 365 * 86_400))
    }

    // MARK: Transactions

    /// Writers of every process queue for one row, and so write in one order: each change runs alone, as on an embedded store.
    func begin() throws {
        try begin("BEGIN")
        try execute("SELECT 1 FROM installation FOR UPDATE")
    }

    /// Sees one moment, whatever is written meanwhile.
    func beginReading() throws { try begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") }

    /// Before there is a row to queue for. `limit`: for one statement.
    func beginOpening(limit: Duration) throws {
        try begin("BEGIN")
        try execute(SQL(ofOurs: "SET LOCAL statement_timeout = \(limit / .milliseconds(1))"))
        link?.patience = limit + .seconds(2)
        try execute("SELECT pg_advisory_xact_lock(\(Self.opening))")
    }

    /// Who makes the schema, or looks whether it is made, does so alone.
    private static let opening: Int64 = 0x636F_7572_616E_74

    private func begin(_ word: SQL) throws {
        try connect()
        isInsideTransaction = true
        try execute(word)
    }

    func commit() throws {
        _ = try ask("COMMIT")
        isInsideTransaction = false
        link?.patience = PostgresLink.patience
    }

    /// What is not yet settled goes with it, whether it failed or not.
    func rollBack() throws {
        defer { isInsideTransaction = false }
        _ = try? noting { try $0.settle() }
        guard isInsideTransaction else { return }
        _ = try ask("ROLLBACK")
    }

    func setSavepoint() throws { try execute("SAVEPOINT change") }
    func releaseSavepoint() throws { _ = try ask("RELEASE SAVEPOINT change") }

    func rollBackToSavepoint() throws {
        _ = try? noting { try $0.settle() }
        guard isInsideTransaction else { throw PostgresFailure(cause: .lost) }
        try execute("ROLLBACK TO SAVEPOINT change")
        _ = try ask("RELEASE SAVEPOINT change")
    }

    // MARK: Connecting

    func connect() throws {
        if let link, link.isFresh { return }
        drop()
        if let failure, failure.until > .now { throw failure.error }
        do throws(PostgresFailure) {
            link = try Self.link(address)
            failure = nil
        } catch {
            failure = (error, .now + Self.rest)
            throw error
        }
    }

    static func link(_ address: PostgresAddress) throws(PostgresFailure) -> PostgresLink {
        let link = try PostgresLink(address)
        do {
            for setting in settings { try link.send(SQL(ofOurs: setting)) }
            try link.send(address.namesSchema ? namedSchema : trustedSchema)
            guard try link.settle()?.all.first?.text(0).hasPrefix(",") == false else {
                throw PostgresFailure(cause: .statement("3F000"))
            }
            return link
        } catch {
            throw error as? PostgresFailure ?? PostgresFailure(cause: .lost)
        }
    }

    var version: Int { link?.version ?? 0 }

    /// Statements name no schema, and a search path is not the server's to change under us: whoever may make a schema could put
    /// tables before ours, logins and all. So it is one schema for as long as the connection lives, temporary tables last:
    /// the one in the path that has our tables, or else the first, and whose owner could have them anyway.
    private static let trustedSchema: SQL = """
        SELECT set_config('search_path', COALESCE((
            SELECT quote_ident(n.nspname) FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place)
            JOIN pg_catalog.pg_namespace n ON n.nspname = path.name
            LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'installation'
                AND c.relkind IN ('r', 'p')
            JOIN pg_catalog.pg_roles o ON o.oid = COALESCE(c.relowner, n.nspowner)
            WHERE o.rolsuper OR o.rolname = 'pg_database_owner' OR pg_has_role(current_user, o.oid, 'MEMBER')
                OR o.oid = (SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database())
            ORDER BY c.oid IS NULL, path.place LIMIT 1
        ), '') || ', pg_temp', false)
        """

    /// What store.url says is the operator's word.
    private static let namedSchema: SQL = """
        SELECT set_config('search_path', COALESCE(quote_ident(current_schema()), '') || ', pg_temp', false)
        """

    /// A session's own. Plans are as on the embedded engine, by index: statistics are stale after an import, and a plan that was
    /// made for an empty table would be kept for a full one.
    private static let settings = [
        "SET statement_timeout = '8s'", "SET idle_in_transaction_session_timeout = '10s'", "SET jit = off",
        "SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
        "SET default_transaction_isolation = 'read committed'",
        // Acknowledged is durable, whatever the server's default.
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    ]
}
