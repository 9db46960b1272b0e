import CPostgres
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A connection to PostgreSQL in libpq's pipeline mode. Used by one thread at a time, never by one of Swift's pool: it waits.
///
/// Statements that nobody waits for stay in libpq's buffer until one is waited for, so that a change of a dozen statements
/// costs as many round trips as it asks questions. Every wait has an end: a server that hangs is a connection lost.
final class PostgresLink {
    /// For one round trip.
    static let patience: Duration = .seconds(10)

    let connection: OpaquePointer
    private var names: [Key: String] = [:]
    private var prepared = 0
    /// What an answer is still to come for, in order.
    private var awaited: [Key?] = []
    private(set) var isLost = false
    var patience = PostgresLink.patience

    /// A statement as the server has prepared it: which parameters are null decides on their types.
    private struct Key: Hashable {
        let shape: SQL.Shape
        let types: [SQLValue.Kind]
    }

    // MARK: Connecting

    init(_ address: PostgresAddress) throws(PostgresFailure) {
        let parameters = address.parameters.sorted { $0.key < $1.key }
        let words = CStrings(parameters.map(\.key) + [nil])
        let values = CStrings(parameters.map(\.value) + [nil])
        guard let connection = PQconnectStartParams(words.pointers, values.pointers, 0) else {
            throw PostgresFailure(cause: .unreachable("no memory"))
        }
        self.connection = connection
        // Its notices would go to the terminal.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        do {
            try finishConnecting()
        } catch {
            PQfinish(connection)
            isLost = true
            throw error
        }
    }

    deinit { if !isLost { PQfinish(connection) } }

    private func finishConnecting() throws(PostgresFailure) {
        let deadline = ContinuousClock.now + .seconds(6)
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else { throw refusal }
            let isReady = wait(for: wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline)
            guard isReady else { throw PostgresFailure(cause: .unreachable("it does not answer")) }
            wanted = PQconnectPoll(connection)
        }
        guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
            throw PostgresFailure(cause: .lost)
        }
    }

    /// libpq's words on why there is no connection, on one line. They name host, user and database.
    private var refusal: PostgresFailure {
        let words = String(cString: PQerrorMessage(connection))
        for (part, state) in [
            ("password authentication failed", "28P01"), ("no password supplied", "28P01"),
            ("role \"", "28000"), ("no pg_hba.conf entry", "28000"), ("too many clients", "53300"),
            ("too many connections", "53300"), ("remaining connection slots", "53300"), ("database \"", "3D000"),
            ("system is starting up", "57P03"), ("system is shutting down", "57P03"), ("in recovery mode", "57P03"),
        ] where words.utf8.contains(part.utf8) {
            return PostgresFailure(cause: .statement(state))
        }
        let line = words.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
        return PostgresFailure(cause: .unreachable(line))
    }

    /// False also where the server has said something unasked: that it has closed it, as one that was restarted has.
    var isFresh: Bool {
        guard !isLost else { return false }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) == 0
    }

    /// The server's version, such as 150018.
    var version: Int { Int(PQserverVersion(connection)) }

    // MARK: Sending

    /// Puts it into the buffer.
    func send(_ sql: SQL) throws {
        guard !isLost else { throw PostgresFailure(cause: .lost) }
        let key = Key(shape: sql.shape, types: sql.arguments.map(\.kind))
        let name = try names[key] ?? prepare(key)
        let parameters = PostgresParameters(sql.arguments)
        let isSent = parameters.withPointers { values, lengths, formats in
            PQsendQueryPrepared(connection, name, Int32(sql.arguments.count), values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw lose() }
        awaited.append(nil)
    }

    private func prepare(_ key: Key) throws -> String {
        prepared += 1
        let name = "s\(prepared)"
        let types = key.types.map(\.oid)
        guard PQsendPrepare(connection, name, key.shape.text(.postgresql), Int32(types.count), types) == 1 else {
            throw lose()
        }
        awaited.append(key)
        names[key] = name
        return name
    }

    // MARK: Waiting

    /// Sends what is in the buffer and waits for all of it. Returns the last statement's result.
    ///
    /// The first of them that failed is thrown; those behind it were not carried out.
    @discardableResult func settle() throws -> PostgresResult? {
        guard !isLost else { throw PostgresFailure(cause: .lost) }
        guard !awaited.isEmpty else { return nil }
        guard PQpipelineSync(connection) == 1 else { throw lose() }
        let deadline = ContinuousClock.now + patience
        var (last, failure): (PostgresResult?, PostgresFailure?)
        for prepared in awaited {
            while let result = try next(by: deadline) {
                if let failed = result.failure {
                    failure = failure ?? failed
                    if let prepared { names[prepared] = nil }
                } else {
                    last = result
                }
            }
        }
        awaited.removeAll(keepingCapacity: true)
        guard let sync = try next(by: deadline), sync.status == PGRES_PIPELINE_SYNC else { throw lose() }
        if let failure {
            if PQstatus(connection) == CONNECTION_BAD { lose() }
            throw failure
        }
        return last
    }

    func next(by deadline: ContinuousClock.Instant) throws -> PostgresResult? {
        while true {
            let unsent = PQflush(connection)
            guard unsent >= 0 else { throw lose() }
            if PQisBusy(connection) == 0 { return PQgetResult(connection).map(PostgresResult.init) }
            guard wait(for: unsent == 1 ? POLLIN | POLLOUT : POLLIN, until: deadline), PQconsumeInput(connection) == 1
            else { throw lose() }
        }
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&descriptor, 1, Int32(min(left / .milliseconds(1), 60_000)) + 1)
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return false }
        }
    }

    /// Nothing more is to be had from it. The transaction is undone, unless it was just being committed.
    @discardableResult func lose() -> PostgresFailure {
        if !isLost { PQfinish(connection) }
        isLost = true
        return PostgresFailure(cause: .lost)
    }

    // MARK: Being told

    /// What others have notified, once something comes or `wait` is over; the waker ends it at once.
    func notifications(within wait: Duration, waker: Int32) throws -> [(channel: String, payload: String)] {
        guard !isLost else { throw PostgresFailure(cause: .lost) }
        var descriptors = [
            pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0),
            pollfd(fd: waker, events: Int16(POLLIN), revents: 0),
        ]
        let known = taken()
        if !known.isEmpty { return known }
        poll(&descriptors, 2, Int32(wait / .milliseconds(1)))
        guard PQconsumeInput(connection) == 1 else { throw lose() }
        return taken()
    }

    private func taken() -> [(channel: String, payload: String)] {
        var found: [(channel: String, payload: String)] = []
        while let notification = PQnotifies(connection) {
            found.append(
                (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return found
    }
}

/// C strings for as long as it lives.
private final class CStrings {
    let pointers: [UnsafePointer<CChar>?]

    init(_ texts: [String?]) {
        pointers = texts.map { text in text.map { UnsafePointer(strdup($0)) } ?? nil }
    }

    deinit { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
}
