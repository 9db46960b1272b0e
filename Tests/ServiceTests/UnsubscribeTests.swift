import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct UnsubscribeTests {
    @Test func `unsubscribing deletes the row, its tokens and its mail in one go`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        try await app.unsubscribe("ann@example.org")
        let left = try await app.courant.store.read { tx in (try tx.outboxCount(), try tx.lists()) }
        #expect(left.0 == 0)
        #expect(try await app.courant.lists.all()[0].active == 0)
    }

    @Test func `an erased subscription's link goes on being genuine`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let link = try app.unsubscribeLink("ann@example.org")
        for _ in 1...3 { try await app.courant.subscriptions.unsubscribe(link, everything: false) }
        #expect(app.courant.subscriptions.link(link.text) != nil)
    }

    @Test func `a forged link is none`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let text = try app.unsubscribeLink("ann@example.org").text
        for index in text.indices {
            var forged = Array(text)
            let place = text.distance(from: text.startIndex, to: index)
            forged[place] = forged[place] == "A" ? "B" : "A"
            #expect(app.courant.subscriptions.link(String(forged)) == nil)
        }
        #expect(app.courant.subscriptions.link(String(text.dropLast())) == nil)
        #expect(app.courant.subscriptions.link("") == nil)
    }

    @Test func `one list's link leaves the other list alone, everything leaves none`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        try await app.unsubscribe("ann@example.org")
        #expect(try await app.courant.lists.all().map(\.active).reduce(0, +) == 1)

        try await app.subscribe("bo@example.org", lists: ["news", "events"])
        try await app.unsubscribe("bo@example.org", everything: true)
        #expect(try await app.courant.lists.all().map(\.active).reduce(0, +) == 1)
    }

    @Test func `who leaves while a campaign waits at the relay gets nothing more`() async throws {
        let app = try await TestApp.start()
        for name in ["ann", "bo", "cy"] { try await app.subscribe("\(name)@example.org") }
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.untilStarted(id)
        try await app.unsubscribe("bo@example.org")
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails(to: "bo@example.org").count == 2)
        #expect(app.relay.mails(to: "ann@example.org").count == 3)
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 2 && progress.withdrawn == 1 && progress.left == 0)
    }

    @Test func `no byte of name or address is ever on the disk, before or after`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("zebedee.quux@canary-domain.example", name: "Zebedee Quuxworth")
        try app.expectNothingReadable(["zebedee", "quux", "canary-domain", "Quuxworth"])
        try await app.unsubscribe("zebedee.quux@canary-domain.example")
        #expect(await app.courant.store.scrub())
        try app.expectNothingReadable(["zebedee", "quux", "canary-domain", "Quuxworth"])
    }

    @Test(.ofTheFile) func `the sealed bytes too are gone once the log is truncated`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let link = try app.unsubscribeLink("ann@example.org")
        let row = try await app.courant.store.read { try $0.subscription(link.subscription) }
        let sealed = try #require(row?.person.bytes)
        #expect(try app.files().contains { $0.range(of: sealed) != nil })
        try await app.unsubscribe("ann@example.org")
        #expect(await app.courant.store.scrub())
        #expect(
            try !app.files().contains { $0.range(of: sealed) != nil || $0.range(of: link.subscription.bytes) != nil })
    }
}
