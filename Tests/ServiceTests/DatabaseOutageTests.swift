import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Newsletter
import NIOCore
import SQLStore
import Testing
import Wiring

/// PostgreSQL goes away, hangs or refuses: visitors are told when to come back, what was acknowledged stays, and everything goes
/// on by itself.
@Suite struct DatabaseOutageTests {
    /// What can befall a database, and how it ends.
    struct Outage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What else works meanwhile.
        var isPartial = false
        let begin: @Sendable (PostgresDatabase) async throws -> Void
        let end: @Sendable (PostgresDatabase) async throws -> Void
    }

    static let outages = [
        outage("has no connection left") { "ALTER ROLE courant CONNECTION LIMIT \($0 ? 0 : -1)" },
        outage("refuses the password") { "ALTER ROLE courant PASSWORD '\($0 ? "another" : "horse")'" },
        outage("lets the role in no more") { "ALTER ROLE courant \($0 ? "NOLOGIN" : "LOGIN")" },
        outage("is read-only, as after a failover to a standby") {
            "ALTER ROLE courant SET default_transaction_read_only = \($0 ? "on" : "off")"
        },
        outage("lacks a table", isPartial: true) {
            "ALTER TABLE \($0 ? "outbox RENAME TO gone" : "gone RENAME TO outbox")"
        },
        outage("lacks a right", isPartial: true) {
            "\($0 ? "REVOKE" : "GRANT") ALL ON subscription \($0 ? "FROM" : "TO") courant"
        },
        Outage(testDescription: "is stopped") {
            try await $0.cluster.stop()
        } end: {
            try await $0.cluster.start()
        },
        Outage(testDescription: "crashes") {
            try await $0.cluster.stopHard()
        } end: {
            try await $0.cluster.start()
        },
    ]

    private static func outage(
        _ words: String, isPartial: Bool = false, _ statement: @escaping @Sendable (Bool) -> String
    ) -> Outage {
        Outage(testDescription: words, isPartial: isPartial) { database in
            try await database.psql(statement(true))
            try await database.hangUp()
        } end: { database in
            try await database.psql(statement(false))
            try await database.hangUp()
        }
    }

    @Test(arguments: outages) func `visitors are told to come back, and nothing is lost`(_ outage: Outage) async throws
    {
        let (app, database) = try await Self.start()
        try await app.subscribe("ann@example.org")
        try await app.signUp("bo@example.org")
        let link = try app.unsubscribeLink("ann@example.org")
        try await Application(router: app.courant.router(), logger: StoreTests.logger).test(.live) { visitor in
            #expect(try await visitor.signUp("cy@example.org").status == .seeOther)
            #expect(try await visitor.execute(uri: "/readyz", method: .get).status == .ok)
            try await outage.begin(database)
            for answer in [
                try await visitor.signUp("di@example.org"),
                try await visitor.post("/unsubscribe/\(link.text)", "List-Unsubscribe=One-Click"),
            ] {
                #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] != nil, "\(answer.status)")
            }
            let isReady = try await visitor.execute(uri: "/readyz", method: .get).status == .ok
            #expect(isReady == outage.isPartial)
            #expect(try await visitor.execute(uri: "/livez", method: .get).status == .ok)
            try await outage.end(database)
            try await app.until { try await visitor.execute(uri: "/readyz", method: .get).status == .ok }
            #expect(try await visitor.post("/unsubscribe/\(link.text)", "List-Unsubscribe=One-Click").status == .ok)
        }
        try await app.seated(among: 1)
        try await app.deliverAllMail()
        #expect(app.relay.mails.map(\.recipient).sorted() == ["ann", "ann", "bo", "cy"].map { "\($0)@example.org" })
        #expect(try await app.courant.lists.all().map { [$0.active, $0.pending] } == [[0, 2]])
    }

    @Test func `a database that hangs is not waited for beyond ten seconds`() async throws {
        let (app, database) = try await Self.start()
        try await app.subscribe("ann@example.org")
        try await database.cluster.freeze()
        let begun = ContinuousClock.now
        let signUp = Task { try await app.signUp("bo@example.org") }
        await #expect(throws: StoreFailure.self) { _ = try await app.active() }
        await #expect(throws: StoreFailure.self) { try await signUp.value }
        #expect(ContinuousClock.now - begun < .seconds(100))
        // Nobody may be sure any more that no other sends what it has claimed.
        #expect(app.courant.sendGuard.isClosed)
        try await database.cluster.thaw()
        try await app.until { (try? await app.active()) == 1 }
        try await app.seated(among: 1)
        try await app.subscribe("cy@example.org")
    }

    @Test func `a campaign goes on where it was when the database comes back`() async throws {
        let (app, database) = try await Self.start()
        for number in 0..<300 { try await app.put("reader\(number)@example.org") }
        app.relay.hold()
        let id = try await app.launch().campaign.id
        let service = Task { try await app.courant.dispatcher.run() }
        try await app.until { app.relay.isHolding }
        try await database.cluster.stopHard()
        app.relay.release()
        try await database.cluster.start()
        try await app.until { (try? await app.courant.campaigns.show(id).campaign.state) == .sent }
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 300)
        #expect(Set(app.relay.mails.map(\.recipient)).count == 300)
        service.cancel()
        try await service.value
    }

    /// On a server of its own, by TCP and with a password.
    private static func start() async throws -> (TestApp, PostgresDatabase) {
        let database = try await PostgresCluster.own().database()
        try await database.psql("ALTER ROLE courant PASSWORD 'horse'")
        let port = try await database.psql("SHOW port")
        let address = try StoreAddress("postgresql://courant:horse@127.0.0.1:\(port)/\(database.name)")
        return (try await TestApp.start { $0.store = address }, database)
    }
}

extension PostgresDatabase {
    /// Whoever is connected has to come again.
    fileprivate func hangUp() async throws {
        try await psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'courant'")
    }
}

extension TestClientProtocol {
    fileprivate func signUp(_ address: String) async throws -> TestResponse {
        try await post("/subscribe", "email=\(address)&list=news")
    }

    fileprivate func post(_ path: String, _ fields: String) async throws -> TestResponse {
        try await execute(
            uri: path, method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
            body: ByteBuffer(string: fields))
    }
}
