import CPostgres
import Foundation

/// What PostgreSQL, or the way there, says went wrong. Of the server's message only the SQLSTATE is kept: messages and details
/// may quote values.
struct PostgresFailure: EngineFailure, Equatable {
    enum Cause: Equatable {
        /// A statement failed (SQLSTATE).
        case statement(String)
        /// The connection is gone, or the server no longer answers on it.
        case lost
        /// There is no connection to be had; SQLSTATE or libpq's words, which name host, user and database alone.
        case unreachable(String)
        /// By us.
        case closed
    }

    let cause: Cause

    var isLoss: Bool {
        switch cause {
        case .lost, .unreachable, .closed: true
        case .statement(let state): state.hasPrefix("57P") || state.hasPrefix("08") || state == "25P03"
        }
    }

    /// What waiting may mend: the server starts, restarts or is out of connections. A certificate or a name that is wrong stays so.
    var isAway: Bool {
        switch cause {
        case .lost: true
        case .unreachable(let words): !["SSL", "certificate"].contains { words.contains($0) }
        case .closed: false
        case .statement(let state): state.hasPrefix("57P") || state == "53300"
        }
    }

    /// At the start.
    var opening: StoreOpening {
        if isAway { return .away(openingAdvice) }
        return isLoss || state?.hasPrefix("28") == true || state == "3D000"
            ? .unreachable(openingAdvice) : .unusable(openingAdvice)
    }

    var state: String? { if case .statement(let state) = cause { state } else { nil } }

    /// At the start, where nothing is tried again.
    var openingAdvice: String {
        switch cause {
        case .unreachable(let words) where words.contains("certificate verify failed"):
            "PostgreSQL cannot be reached (\(words)): where its certificate is from an authority of your own, name that one's file "
                + "in store.url (?sslrootcert=/path/ca.pem)"
        case .unreachable(let words): "PostgreSQL cannot be reached (\(words)): check store.url, and that it runs there"
        case .lost: "PostgreSQL hung up: look whether it runs, and start again"
        case .closed, .statement: advice
        }
    }

    var advice: String {
        switch cause {
        case .lost: "the connection to PostgreSQL was lost: it is tried again by itself"
        case .unreachable(let words): "PostgreSQL cannot be reached (\(words)): it is tried again by itself"
        case .closed: "the store is closed: the service is stopping"
        case .statement(let state): Self.advice(state)
        }
    }

    private static func advice(_ state: String) -> String {
        switch state {
        case "53100": "PostgreSQL's disk is full: make room there"
        case "53300": "PostgreSQL has no connection left: raise its max_connections, or run fewer instances"
        case "53200": "PostgreSQL is out of memory"
        case "25006": "PostgreSQL is read-only: is it a standby? Point store.url to the primary"
        case "42501": "the role lacks a right: GRANT ALL ON SCHEMA public and on Courant's tables to it"
        case "55P03", "57014": "PostgreSQL took too long: something holds its tables, or it is overloaded"
        case "42P05", "26000":
            "a pooler that shares its connections out stands between (PgBouncer's pool_mode = transaction or statement): point "
                + "store.url to PostgreSQL itself, or set pool_mode = session"
        case "3F000":
            "no schema in the search_path is Courant's role's, the database's owner's or a superuser's, and tables in another's "
                + "are not to be trusted: CREATE SCHEMA AUTHORIZATION for Courant's role, ALTER TABLE … OWNER TO it, or name the "
                + "schema in store.url (?options=-csearch_path%3DSCHEMA)"
        case "42P01", "42703": "the schema was changed by hand: put back what is missing, or restore a dump"
        case "28P01", "28000": "PostgreSQL refuses the user or the password: check store.url and store.password-file"
        case "3D000": "PostgreSQL has no such database: createdb it, or mend store.url"
        case "40001", "40P01": "too many write at once: try again"
        case _ where state.hasPrefix("57P"): "PostgreSQL is stopping or starting: it is tried again by itself"
        default: "PostgreSQL says \(state)"
        }
    }
}
