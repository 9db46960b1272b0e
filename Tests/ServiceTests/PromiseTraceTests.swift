import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing

@testable import Wiring

/// What a look at the promises leaves behind: nothing.
@Suite(.serialized) struct PromiseTraceTests {
    /// All that people, programs and authorities are shown.
    private struct Records: Equatable {
        let requests: [RightsRequest]
        let audit: [AuditEntry]
        let lists: [String]
        let active: Int
        let restricted: Int
        let holdings: String
        let recipients: Int
        let ledger: Data
        let erasures: Int64
        let strays: Int

        init(_ app: TestApp) async throws {
            let courant = app.courant
            requests = try await courant.rights.requests()
            audit = try await courant.audit.tail(from: 1, limit: 1000)
            holdings = "\(try await courant.retention.show())"
            ledger = (try? Data(contentsOf: URL(filePath: courant.settings.ledger))) ?? Data()
            (lists, active, restricted, recipients) = try await courant.store.read { tx in
                let lists = try tx.lists()
                return (
                    lists.map(\.slug.text), try lists.map { try tx.count(.active, on: $0) }.reduce(0, +),
                    try lists.map { try tx.count(.restricted, on: $0) }.reduce(0, +),
                    try lists.map { try tx.countRecipients(on: $0) }.reduce(0, +)
                )
            }
            (erasures, strays) = try await courant.store.read { (try $0.lastEntry(), try $0.recordsOfNobody()) }
        }
    }

    private func start(_ language: String = "en") async throws -> TestApp {
        let app = try await TestApp.start {
            $0.captcha.provider = .proofOfWork
            $0.organisation.authority = "Datatilsynet, www.datatilsynet.no"
        }
        var news = try #require(try await app.courant.store.read { try $0.lists() }.first)
        news.language = try #require(Language(language))
        try await app.courant.store.write { [news] in try $0.update(news) }
        try await app.subscribe("zoe@example.org", name: "Zoe")
        return app
    }

    /// What is broken, in words.
    private func complaints(_ app: TestApp, _ depth: Inspection.Depth = .whole) async throws -> [String] {
        // The app lets everybody in, whatever its settings say.
        let promises = try app.courant.promiseBook().promises.filter { $0.check != "captcha-guards" }
        let findings = try await app.courant.withDoors {
            await Inspection(courant: app.courant, webServices: $0, isServed: false, depth: depth).inspect(promises)
        }
        return findings.filter(\.evidence.isBroken).map { "\($0.promise.id): \($0.evidence.words)" }
    }

    @Test func `after any number of looks every record is as it was`() async throws {
        let app = try await start()
        let before = try await Records(app)
        for depth in [Inspection.Depth.whole, .brief, .whole] {
            let broken = try await complaints(app, depth)
            #expect(broken == [])
            #expect(try await Records(app) == before)
        }
        #expect(try await app.courant.audit.verify().flaw == nil)
        _ = try await app.courant.rights.open(.access, by: .host)
        #expect(try await app.courant.rights.requests().map(\.id) == [(before.requests.map(\.id).max() ?? 0) + 1])
    }

    @Test(arguments: Language.shipped) func `no promise is broken whatever the first list's language`(
        _ language: String
    ) async throws {
        let app = try await start(language)
        #expect(try await complaints(app) == [])
    }

    @Test func `whom a killed look left is shown nowhere, gets nothing, and is swept by the next start`() async throws {
        let app = try await start()
        let before = try await Records(app)
        let inspection = Inspection(courant: app.courant, webServices: "", isServed: true)
        let news = try #require(try await app.courant.store.read { try $0.lists() }.first)
        let canary = try await inspection.insertCanary(like: news)
        #expect(try await Records(app) == before)
        #expect(try await app.courant.store.read { try $0.list(canary.list.slug) } == nil)
        #expect(try await app.launch().progress.recipients == 1)
        try await app.deliverAllMail()
        #expect(try await app.courant.store.read { try $0.subscriptionsLackingConsent() } == 0)

        app.clock.advance(Canaries.lifetime + .seconds(1))
        let next = try await app.restart()
        // Its clock is set by now.
        try await next.courant.begin()
        #expect(try await next.courant.store.read { try $0.subscription(canary.id) } == nil)
        #expect(try await Records(next).ledger == before.ledger)
    }

    @Test func `a look takes nobody away whom another look is about`() async throws {
        let app = try await start()
        let inspection = Inspection(courant: app.courant, webServices: "", isServed: true)
        let news = try #require(try await app.courant.store.read { try $0.lists() }.first)
        let canary = try await inspection.insertCanary(like: news)
        try await app.courant.deleteOrphanedCanaries()
        #expect(try await inspection.isStored(canary))
    }

    @Test func `whoever is tried out is seen by nobody else, not even meanwhile`() async throws {
        let app = try await start()
        let before = try await Records(app)
        _ = try await app.courant.withStage { stage in
            try await stage.rehearsal.perform {
                let request = try await stage.courant.rights.open(.erasure, by: .host)
                #expect(try await stage.courant.rights.requests().contains { $0.id == request.id })
                #expect(try await Records(app) == before)
            }
        }
        #expect(try await Records(app) == before)
    }
}
