import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Newsletter
import SQLStore
import Synchronization
import Testing
import Wiring

/// Deletion, proven on the disk: whatever state somebody is in and however they go, while a campaign runs and somebody
/// else has been reading for long.
@Suite(.ofTheFile) struct DeletionTests {
    static let address = "zebedee.quux@blåbær-canary.example"
    static let name = "Zébédée Quuxworth"
    static let words = ["zebedee", "quux", "blåbær-canary", "canary.example", "Zébédée", "Quuxworth"]

    enum State: String, CaseIterable {
        case pending, active, restricted, imported
    }

    enum Way: String, CaseIterable {
        case page, oneClick, everything, privacyPage, objection, staff, host, expiry, refusal, deadAddress, newAddress

        /// In which states it is a way at all.
        var states: [State] {
            switch self {
            case .expiry, .refusal: [.pending]
            case .deadAddress: [.pending, .active, .imported]
            default: State.allCases
            }
        }
    }

    static let cases = Way.allCases.flatMap { way in way.states.map { (way, $0) } }

    @Test(arguments: cases) func `nothing is left on the disk`(_ way: Way, _ state: State) async throws {
        let web = try await WebApp.start()
        let app = web.app
        let person = try await app.bring(state, way)
        try await app.fill(30)
        let traces = try await app.traces(of: person)
        #expect(try app.holds(traces.row))
        if way != .deadAddress { app.relay.hold() }
        try await app.launch()
        async let delivering = app.deliverAllMail()
        let reader = LongRead()
        async let reading: Void = app.courant.store.read { _ in reader.read() }
        defer {
            reader.end()
            app.relay.release()
        }
        try await app.until { reader.hasBegun }
        if way != .deadAddress { try await app.until { app.relay.isHolding } }

        try await web.take(way, person)
        try app.expectNothingReadable(Self.words)
        reader.end()
        app.relay.release()
        _ = try await (delivering, reading)
        if way == .deadAddress { try await app.endHeld() }
        try await app.until { await app.courant.store.scrub() }
        try app.expectNothingReadable(Self.words)
        for trace in traces.row + (way == .newAddress ? [] : traces.names) { #expect(try !app.holds([trace])) }
        if way != .newAddress { #expect(try await app.courant.store.read { try $0.subscription(person.id) } == nil) }
        #expect(try await app.find(Self.address).subscriptions.isEmpty)
    }

    /// The list that imports people keeps a fingerprint of who leaves it; that is the one thing that stays of anybody.
    @Test func `what stays is a fingerprint, and only where it must`() async throws {
        for (way, state) in Self.cases where [.page, .everything, .objection, .staff].contains(way) {
            let web = try await WebApp.start()
            let person = try await web.app.bring(state, way)
            try await web.take(way, person)
            let isKept = try await !web.app.find(Self.address).fingerprints.isEmpty
            #expect(isKept == (way == .everything || way == .objection || state == .imported), "\(way) \(state)")
        }
    }
}

/// Somebody who is to go.
struct Leaver: Sendable {
    let id: SubscriptionID
    let confirm: Token?
    let privacy: Token?
    /// In the mailbox that is to be theirs.
    let change: Token?
}

/// Somebody who looks at the store and does not come to an end.
final class LongRead: Sendable {
    private let begun = Atomic(false)
    private let gate = DispatchSemaphore(value: 0)

    func read() {
        begun.store(true, ordering: .releasing)
        gate.wait()
    }

    var hasBegun: Bool { begun.load(ordering: .acquiring) }
    func end() { gate.signal() }
}

extension TestApp {
    fileprivate func bring(_ state: DeletionTests.State, _ way: DeletionTests.Way) async throws -> Leaver {
        let wire = try EmailAddress(DeletionTests.address).wire
        if way == .deadAddress { relay.answer { $0.recipient.wire == wire ? Self.dead : .accepted } }
        switch state {
        case .pending: try await signUp(DeletionTests.address, name: DeletionTests.name)
        case .active where way == .deadAddress, .imported: try await insert(wire, state)
        case .active, .restricted: try await subscribe(wire, named: DeletionTests.name)
        }
        if state == .restricted { try await courant.rights.restrict(staff(for: DeletionTests.address)) }
        // A dead address's confirm mail is what ends it; it goes once everything else stands.
        if way != .deadAddress { try await deliverAllMail() }
        let confirm = relay.mails(to: wire).first?.token(after: "/confirm/").flatMap { Token($0) }
        let privacy = [.privacyPage, .objection].contains(way) ? try await privacyLink(wire) : nil
        let change = way == .newAddress ? try await askToMove() : nil
        guard let held = try await find(DeletionTests.address).subscriptions.first else {
            throw TestFailure("\(state): there is nobody")
        }
        return Leaver(id: held.subscription.id, confirm: confirm, privacy: privacy, change: change)
    }

    private func askToMove() async throws -> Token? {
        let new = "somebody@elsewhere.example"
        try await courant.rights.rectify(staff(for: DeletionTests.address), address: EmailAddress(new))
        try await deliverAllMail()
        return relay.mails(to: new).last?.token(after: "/address/").flatMap { Token($0) }
    }

    /// Who is said not to exist, and is not heard of for a day.
    fileprivate func endHeld() async throws {
        try await deliverAllMail()
        clock.advance(courant.bounces.hold + .seconds(1))
        #expect(try await courant.bounces.sweep().erased == 1)
    }

    private static let dead = Verdict.refused(.dead)

    private func subscribe(_ wire: String, named name: String) async throws {
        try await signUp(DeletionTests.address, name: name)
        try await deliverAllMail()
        guard let token = relay.mails(to: wire).last?.token(after: "/confirm/").flatMap({ Token($0) }) else {
            throw TestFailure("no confirm link came")
        }
        _ = try await courant.subscriptions.confirm(token)
    }

    /// As an import would bring them.
    private func insert(_ wire: String, _ state: DeletionTests.State) async throws {
        let now = clock.wall.now()
        let (id, keyring) = (SubscriptionID.random(), courant.keyring)
        let imported = state == .imported
        let lists = try await courant.lists.all().map(\.list)
        guard let news = lists.first else { throw TestFailure("there is no list") }
        let person = Person(address: try EmailAddress(wire), name: try PersonName(DeletionTests.name))
        let subscription = Subscription(
            id: id, list: news, person: try keyring.seal(person, for: id), language: .english, state: .active,
            basis: imported ? .legitimateInterest : .consent, source: imported ? "fair 2025" : "form",
            consent: imported ? nil : Consent(text: "", policy: "1", askedAt: now, confirmedAt: now), activeSince: now,
            lastActivity: now, lastNotified: nil)
        try await courant.store.write { try $0.insert(subscription, digest: keyring.digest(of: person.address)) }
    }

    /// What is on the disk of them before: the sealed row and its index, and the random id.
    fileprivate func traces(of person: Leaver) async throws -> (row: [Data], names: [Data]) {
        let found = try await courant.store.read { tx in
            (try tx.subscription(person.id)?.person.bytes, try tx.digest(of: person.id))
        }
        return ([found.0, found.1].compactMap(\.self), [person.id.bytes])
    }

    fileprivate func holds(_ traces: [Data]) throws -> Bool {
        let files = try files()
        return traces.allSatisfy { trace in files.contains { $0.range(of: trace) != nil } }
    }
}

extension WebApp {
    fileprivate func take(_ way: DeletionTests.Way, _ person: Leaver) async throws {
        let unsubscribe = "/unsubscribe/\(UnsubscribeLink(person.id, place: .body, keyring: app.courant.keyring).text)"
        let privacy = "/privacy/\(person.privacy?.text ?? "")"
        switch way {
        case .page: try await post(unsubscribe, "unsubscribe=yes")
        case .oneClick: try await post(unsubscribe, "List-Unsubscribe=One-Click")
        case .everything: try await post(unsubscribe, "everything=yes")
        case .privacyPage: try await post("\(privacy)/erase", "")
        case .objection: try await post("\(privacy)/object", "")
        case .staff: try await app.courant.rights.erase(app.staff(for: DeletionTests.address))
        case .host: try await app.courant.rights.erase(.address(EmailAddress(DeletionTests.address), by: .host))
        case .expiry:
            app.clock.advance(.seconds(72 * 3600))
            #expect(try await app.courant.subscriptions.expire() == 1)
        case .refusal: try await post("/confirm/\(person.confirm?.text ?? "")/refuse", "")
        // By the mail that is on its way to it.
        case .deadAddress: break
        case .newAddress: try await post("/address/\(person.change?.text ?? "")", "")
        }
    }

    private func post(_ path: String, _ form: String) async throws {
        let answer = try await self.form(path, form)
        #expect(answer.status == .ok, "\(path): \(answer.status)")
    }
}
