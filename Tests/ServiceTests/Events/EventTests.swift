import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// What a receiver hears, and of whom.
@Suite(.timeLimit(.minutes(10))) struct EventTests {
    private func erase(_ address: String, _ app: TestApp) async throws {
        _ = try await app.courant.rights.erase(app.staff(for: address))
    }

    @Test func `who confirms is told with name and address, and who leaves by the same id alone`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org", name: "Ann Åberg")
        try await app.tell()
        try await app.unsubscribe("ann@example.org")
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed", "left"])
        let (first, last) = (receiver.calls[0], receiver.calls[1])
        #expect(first.data("email") == "ann@example.org" && first.data("name") == "Ann Åberg")
        #expect(first.data("state") == "active" && first.data("list") == "news" && first.data("basis") == "consent")
        #expect(first.data("language") == "en" && first.data("class") == "subscriber")
        #expect(last.subscription == first.subscription && last.data("state") == "gone")
        #expect(last.data("email") == nil && last.data("name") == nil && !last.text.contains("ann"))
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test func `of whoever never confirms nothing is told, however it ends`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        for name in ["ann", "bo"] { try await app.signUp("\(name)@example.org") }
        try await app.deliverAllMail()
        let link = try #require(app.relay.mails(to: "ann@example.org").last?.token(after: "/confirm/"))
        _ = try await app.courant.subscriptions.refuse(#require(Token(link)), neverAgain: true)
        app.clock.advance(.days(30))
        #expect(try await app.courant.subscriptions.expire() == 1)
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test
    func `without a receiver nothing is written, and of what waited for one that is no more, a day's departures stay`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org")
        #expect(try await app.waitingEvents.count == 0)
        let receiver = try ReceiverStub()
        receiver.die()
        let told = try await TestApp.start(telling: receiver)
        try await told.subscribe("bo@example.org")
        try await told.subscribe("cy@example.org")
        try await told.unsubscribe("cy@example.org")
        #expect(try await told.waitingEvents.count == 2)
        try told.courant.store.close()
        var settings = told.courant.settings
        settings.eventReceiver = nil
        let next = try await TestApp.start(directory: told.directory) { $0 = settings }
        #expect(try await next.waitingEvents.count == 1)
        #expect(try await next.courant.store.read { try $0.eventsOfNobody() } == 0)
        next.clock.advance(.days(1) + .seconds(1))
        try await next.courant.begin()
        #expect(try await next.waitingEvents.count == 0)
    }

    @Test func `each kind of change is told as what it is`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        for name in ["ann", "bo"] { try await app.subscribe("\(name)@example.org") }
        try await app.courant.rights.rectify(app.staff(for: "ann@example.org"), name: PersonName("Ann Li"))
        try await app.tell()
        #expect(receiver.calls.last?.data("name") == "Ann Li")
        _ = try await app.courant.retention.classify(
            EmailAddress("ann@example.org"), on: nil, as: .partner, by: .host)
        try await app.tell()
        #expect(receiver.calls.last?.data("class") == "partner")
        try await app.courant.rights.rectify(app.staff(for: "ann@example.org"), address: EmailAddress("li@example.org"))
        try await app.confirmChange("li@example.org")
        try await app.tell()
        #expect(receiver.calls.last?.data("email") == "li@example.org")
        try await erase("bo@example.org", app)
        try await app.tell()
        #expect(
            receiver.calls.map(\.type).sorted() == [
                "changed", "changed", "changed", "confirmed", "confirmed", "erased",
            ])
    }

    @Test func `who is restricted is told of as that alone, until it is lifted`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org", name: "Ann")
        try await app.tell()
        _ = try await app.courant.rights.restrict(app.staff(for: "ann@example.org"))
        try await app.courant.rights.rectify(app.staff(for: "ann@example.org"), name: PersonName("Ann Li"))
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed", "changed", "changed"])
        for call in receiver.calls.dropFirst() {
            #expect(call.data("state") == "restricted" && call.data("email") == nil && call.data("name") == nil)
        }
        _ = try await app.courant.rights.unrestrict(app.staff(for: "ann@example.org"))
        try await app.tell()
        #expect(receiver.calls.last?.data("name") == "Ann Li" && receiver.calls.last?.data("state") == "active")
    }

    @Test func `a dead mailbox is told when it is held, when it is released, and when it is gone`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.fill(addresses: ["ann@example.org"])
        try await app.tell()
        let id = try await app.courant.store.read { tx in try tx.sealedPersons(after: 0, limit: 1)[0].id }
        func hold() async throws {
            let now = app.clock.wall.now()
            try await app.courant.store.write {
                try $0.hold(id, Hold(status: "5.1.1", campaign: nil, domain: Data(count: 32)), at: now)
            }
            try await app.tell()
        }
        try await hold()
        _ = try await app.courant.bounces.release(campaign: nil, expect: 1, by: .host)
        try await app.tell()
        try await hold()
        _ = try await app.courant.bounces.erase(campaign: nil, expect: 1, by: .host)
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed", "bounced", "changed", "bounced", "bounced"])
        #expect(receiver.calls.map { $0.data("state") } == ["active", "held", "active", "held", "gone"])
        #expect(receiver.calls.map { $0.data("email") != nil } == [true, false, true, false, false])
    }

    @Test func `who is imported is confirmed once they are on the list`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.move("email,name,confirmed_at,wording,policy\nann@example.org,Ann,2025-04-03,Yes please,2024-1\n")
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed"] && receiver.calls[0].data("email") == "ann@example.org")
    }

    @Test func `the notice to who is imported names the receiver, which hears of them once they have it`() async throws
    {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.createList("partners", basis: .legitimateInterest)
        let id = try await app.upload(
            "email,name\nann@example.org,Ann\n", onto: "partners", basis: .legitimateInterest
        ).id
        _ = try await app.courant.imports.accept(id, expecting: 1, by: TestApp.keeper)
        try await app.courant.imports.work()
        #expect(try await app.waitingEvents.count == 0)
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        let text = try #require(MIMEReader(mail.content).part("text/plain")?.text)
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("also goes to our customer register, run by Example CRM AS, and word of it"), "\(words)")
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed"])
        #expect(receiver.calls[0].data("basis") == "legitimate-interest")
    }

    @Test func `only what is wanted is told`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver) { $0.events = [.left, .erased] }
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org")
        try await app.tell()
        #expect(receiver.calls.map(\.type) == ["left"])
    }

    // MARK: Nothing after erasure

    @Test func `who goes while the receiver is away is never named to it, nor is anything of them left to find`()
        async throws
    {
        let receiver = try ReceiverStub()
        receiver.die()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("quux.zebedee@canary-domain.example", name: "Zebedee Quuxworth")
        try await app.subscribe("bo@example.org")
        try await app.tell()
        #expect(try await app.waitingEvents.count == 2)
        if Engine.usual == .sqlite {
            try ByteSearch(app.directory).expectNothing(of: ["quux.zebedee", "canary-domain", "Quuxworth"])
        }
        try await erase("quux.zebedee@canary-domain.example", app)
        #expect(try await app.courant.store.read { try $0.eventsOfNobody() } == 0)
        try receiver.comeBack()
        app.clock.advance(.seconds(3600))
        try await app.tell()
        #expect(receiver.calls.map(\.type).sorted() == ["confirmed", "erased"])
        #expect(receiver.calls.allSatisfy { !$0.text.contains("canary") && !$0.text.contains("Quuxworth") })
    }

    @Test func `what was claimed before somebody left does not start after it, and the last word comes last`()
        async throws
    {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org", name: "Ann")
        let link = try app.unsubscribeLink("ann@example.org")
        let slow = LeavingReceiver { _ = try? await app.courant.subscriptions.unsubscribe(link, everything: false) }
        let sender = EventSender(
            store: app.courant.store, keyring: app.courant.keyring, receiver: slow, sendGuard: app.courant.sendGuard,
            doorbell: Doorbell(), calendar: app.courant.calendar, logger: app.courant.logger)
        _ = try await sender.drain()
        #expect(slow.told == ["left"])
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test func `nor where they leave through another process`() async throws {
        guard Engine.usual == .postgresql else { return }
        let receiver = try ReceiverStub()
        let told = try receiver.settings()
        let apps = try await TestApp.company(of: 2) { $0.eventReceiver = told }
        try await apps[0].subscribe("ann@example.org", name: "Ann")
        let link = try apps[0].unsubscribeLink("ann@example.org")
        let slow = LeavingReceiver {
            _ = try? await apps[1].courant.subscriptions.unsubscribe(link, everything: false)
        }
        let sender = EventSender(
            store: apps[0].courant.store, keyring: apps[0].courant.keyring, receiver: slow,
            sendGuard: apps[0].courant.sendGuard, doorbell: Doorbell(), calendar: apps[0].courant.calendar,
            logger: apps[0].courant.logger)
        _ = try await sender.drain()
        #expect(slow.told == ["left"])
        #expect(try await apps[1].waitingEvents.count == 0)
    }

    @Test func `what a restore erases again is told once more`() async throws {
        guard Engine.usual == .sqlite else { return }
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        try await app.tell()
        let file = app.directory.appending(path: "backup").path
        _ = try await app.backup(to: file)
        try await app.unsubscribe("ann@example.org")
        // Lost with the records, before it was told.
        _ = try await BackupTests.restore(app, file)
        let next = try await app.restart()
        try await next.tell()
        #expect(receiver.calls.map(\.type) == ["confirmed", "erased"])
        #expect(Set(receiver.calls.map(\.subscription)).count == 1)
    }

    @Test func `a rotation of the keys changes nothing about what waits`() async throws {
        let receiver = try ReceiverStub()
        receiver.die()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org", name: "Ann")
        _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
        try receiver.comeBack()
        try await app.tell()
        #expect(receiver.calls.map { $0.data("name") } == ["Ann"])
    }
}

/// In the middle of the first call, somebody leaves.
final class LeavingReceiver: EventReceiver {
    private let leave: @Sendable () async -> Void
    private let kinds = Sent()

    init(_ leave: @escaping @Sendable () async -> Void) { self.leave = leave }

    var told: [String] { kinds.all }

    func deliver(_ message: EventMessage, at now: Date, mayStart: @escaping @Sendable () -> Bool) async -> EventOutcome
    {
        let text = String(decoding: message.body, as: UTF8.self)
        if text.contains("subscription.confirmed") { await leave() }
        guard mayStart() else { return .recalled }
        kinds.add(text.contains("subscription.left") ? "left" : text)
        return .delivered
    }
}
