import CourantTesting
import Foundation
import Newsletter
import SQLStore
import Testing
import Wiring

/// A PostgreSQL database that is not what it should be is told before anything is served, in words that say what to do.
@Suite struct DatabaseOpeningTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let words: [String]
        /// On a database that was served before.
        let spoil: @Sendable (PostgresDatabase) async throws -> Void
    }

    static let bad = [
        Bad(testDescription: "a column is gone", words: ["lacks subscription.person", "by hand"]) {
            try await $0.psql("ALTER TABLE subscription DROP COLUMN person")
        },
        Bad(testDescription: "a table has another name", words: ["lacks outbox.", "restore a dump"]) {
            try await $0.psql("ALTER TABLE outbox RENAME TO mails")
        },
        Bad(testDescription: "tables are somebody else's", words: ["other tables (orders)", "CREATE DATABASE"]) {
            try await $0.psql("DROP OWNED BY courant")
            try await $0.psql("CREATE TABLE orders (id INTEGER)")
        },
        Bad(testDescription: "the role may not create", words: ["lacks a right", "GRANT"]) {
            try await $0.psql("DROP OWNED BY courant")
            try await $0.psql("ALTER DATABASE \($0.name) OWNER TO postgres")
        },
        Bad(testDescription: "the role may not write", words: ["lacks a right", "GRANT"]) {
            try await $0.psql("ALTER TABLE installation OWNER TO postgres")
        },
        Bad(testDescription: "it is read-only", words: ["is read-only", "the primary"]) {
            try await $0.psql("ALTER DATABASE \($0.name) SET default_transaction_read_only = on")
        },
        Bad(testDescription: "it is a later version's", words: ["telepathy", "newer"]) {
            try await $0.psql("INSERT INTO migration VALUES ('telepathy')")
        },
    ]

    @Test(arguments: bad) func `what it was before, it is no more`(_ bad: Bad) async throws {
        let database = try await PostgresCluster.shared.database()
        let app = try await TestApp.start { $0.store = try database.address }
        try app.courant.store.close()
        try await bad.spoil(database)
        try expectRefusal(of: app.courant.settings, bad.words)
    }

    @Test func `a database that is not there, a host and a port where nobody answers, a password that is none`()
        async throws
    {
        let cluster = try await PostgresCluster.shared
        let port = try await cluster.psql("postgres", "SHOW port")
        let addresses = [
            (
                "postgresql://courant@/nowhere?host=\(cluster.directory.path)&port=\(port)",
                ["no such database", "createdb"]
            ),
            ("postgresql://courant:wrong@127.0.0.1:\(port)/courant", ["refuses the user or the password"]),
            ("postgresql://courant@127.0.0.1:\(port)/courant", ["refuses the user or the password"]),
            ("postgresql://courant@127.0.0.1:1/courant", ["cannot be reached", "check store.url"]),
            ("postgresql://courant@nowhere.invalid/courant", ["cannot be reached"]),
            ("postgresql://courant@localhost:\(port)/courant?sslmode=require", ["cannot be reached"]),
        ]
        for (address, words) in addresses {
            var settings = Settings.sample(try .temporary())
            settings.store = try StoreAddress(address)
            try expectRefusal(of: settings, words)
            #expect(!FileManager.default.fileExists(atPath: settings.keysFile))
        }
    }

    @Test func `a server on another machine must show a certificate that is valid for its name`() async throws {
        let (cluster, place) = (try await PostgresCluster.own(), try TemporaryDirectory())
        let authority = try place.makeCertificate(for: "db.example.org")
        for file in ["certificate.pem", "key.pem"] {
            let text = try #require(place.contents(of: file)).withUnsafeBytes { Data($0) }.base64EncodedString()
            let copy = "umask 077; base64 -d >\(cluster.directory.path)/data/\(file)"
            try await cluster.psql("postgres", "COPY (SELECT '\(text)') TO PROGRAM '\(copy)'")
        }
        try await cluster.psql(
            "postgres", "ALTER SYSTEM SET ssl_cert_file = 'certificate.pem'",
            "ALTER SYSTEM SET ssl_key_file = 'key.pem'",
            "ALTER SYSTEM SET ssl = on", "ALTER ROLE courant PASSWORD 'horse'", "SELECT pg_reload_conf()")
        let port = try await cluster.psql("postgres", "SHOW port")
        func settings(_ host: String, _ more: String = "") throws -> Settings {
            var settings = Settings.sample(try .temporary())
            let url = "postgresql://courant:horse@\(host):\(port)/courant?hostaddr=127.0.0.1\(more)"
            settings.store = try StoreAddress(url)
            return settings
        }
        try expectRefusal(
            of: settings("db.example.org"), ["cannot be reached", "certificate verify failed", "?sslrootcert="])
        try expectRefusal(
            of: settings("other.example.org", "&sslrootcert=\(authority)"),
            ["cannot be reached", "does not match host"])
        let courant = try Courant(settings("db.example.org", "&sslrootcert=\(authority)"), logger: StoreTests.logger)
        let sessions =
            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'courant'"
        #expect(try await cluster.psql("postgres", sessions) == "t")
        try courant.store.close()
    }

    private func expectRefusal(of settings: Settings, _ words: [String]) throws {
        let refusal = #expect(throws: StartFailure.self) {
            try Courant(settings, templates: settings.shippedTemplates, logger: StoreTests.logger)
        }
        let said = refusal.map { "\($0)" } ?? ""
        for word in words { #expect(said.contains(word), "\(said)") }
        #expect(!said.contains("wrong@"))
    }
}
