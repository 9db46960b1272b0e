import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// What stays behind in a PostgreSQL server is ciphertext and keyed digests: in dead rows, in its log of changes, in its log of
/// statements however talkative that is made, and in a dump.
@Suite struct DatabaseDeletionTests {
    static let words = ["zebedee", "quuxworth", "canary-domain"]

    @Test func `no byte of name or address is in the server's files or in a dump, before or after`() async throws {
        let cluster = try await PostgresCluster.own()
        try await cluster.psql(
            "postgres", "ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_min_messages = 'debug1'",
            "ALTER SYSTEM SET log_min_error_statement = 'debug1'", "ALTER SYSTEM SET log_error_verbosity = 'verbose'",
            "ALTER SYSTEM SET log_parameter_max_length_on_error = -1", "SELECT pg_reload_conf()")
        let database = try await cluster.database()
        let app = try await TestApp.start { $0.store = try database.address }
        let address = "zebedee.quuxworth@canary-domain.example"
        try await app.subscribe(address, name: "Zebedee Quuxworth")
        try await app.launch()
        try await app.deliverAllMail()
        // What the server refuses, it may quote.
        let link = try app.unsubscribeLink(address)
        let (digest, id) = (app.courant.keyring.digest(of: try EmailAddress(address)), link.subscription)
        await #expect(throws: StoreFailure.self) {
            try await app.courant.store.write { tx in
                let subscription = try #require(try tx.subscription(id))
                try tx.insert(subscription, digest: digest)
            }
        }
        try await expectNothing(in: database)
        // The search finds what is there.
        let seen = try await app.courant.store.read { try $0.subscription(id)?.person.bytes }
        let sealed = try #require(seen)
        try await cluster.psql("postgres", "CHECKPOINT")
        #expect(try ByteSearch(cluster.directory).files.values.contains { $0.range(of: sealed) != nil })

        try await app.unsubscribe(address, everything: true)
        try await expectNothing(in: database)
        let dump = try await database.dump()
        #expect(dump.range(of: Data(sealed.hex.utf8)) == nil)
        try app.expectNothingReadable(Self.words)
    }

    @Test func `after a rotation even what the server keeps by itself can be read by nobody`() async throws {
        let cluster = try await PostgresCluster.own()
        let database = try await cluster.database()
        let app = try await TestApp.start { $0.store = try database.address }
        try await app.subscribe("ann@example.org", name: "Ann")
        let id = try app.unsubscribeLink("ann@example.org").subscription
        let seen = try await app.courant.store.read { try $0.subscription(id)?.person }
        let old = try #require(seen)
        try await app.unsubscribe("ann@example.org")
        _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
        // The running service takes the new keys with its next change.
        try await app.signUp("bo@example.org")
        #expect(throws: SealingFailure.self) { try app.courant.keyring.person(old, of: id) }
        let next = try await app.restart()
        #expect(throws: SealingFailure.self) { try next.courant.keyring.person(old, of: id) }
    }

    private func expectNothing(in database: PostgresDatabase) async throws {
        try await database.cluster.psql("postgres", "CHECKPOINT")
        try ByteSearch(database.cluster.directory).expectNothing(of: Self.words)
        let dump = try await database.dump()
        ByteSearch("the dump", String(decoding: dump, as: UTF8.self)).expectNothing(of: Self.words)
        // Bytes are hexadecimal in a dump, and those spell no name either.
        let bytes = try #require(String(data: dump, encoding: .utf8)).split(separator: "\\x").dropFirst()
            .compactMap { Data(hex: $0.prefix { $0.isHexDigit }) }
        #expect(!bytes.isEmpty)
        for word in Self.words { #expect(!bytes.contains { $0.range(of: Data(word.utf8)) != nil }) }
    }
}
