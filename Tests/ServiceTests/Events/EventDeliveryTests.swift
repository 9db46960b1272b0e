import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import Rendering
import Synchronization
import Testing
import Wiring

final class Sent: Sendable {
    private let words = Mutex<[String]>([])
    var all: [String] { words.withLock { $0 } }
    func add(_ word: String) { words.withLock { $0.append(word) } }
}

/// A receiver that fails, and what it misses by that: nothing.
@Suite(.timeLimit(.minutes(10))) struct EventDeliveryTests {
    // MARK: Signed

    /// The example of the specification's own libraries.
    @Test func `a signature is what Standard Webhooks says`() throws {
        let signing = try #require(StandardWebhook(key: TestApp.hookSecret))
        let signed = StandardWebhook.signedBytes(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: "1614265330", body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signing.signature(of: signed) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(signing.isSigned(signed, by: "v1,bm90 v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
        #expect(!signing.isSigned(signed + [0x20], by: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
    }

    @Test func `the manual's Python takes what is sent, and nothing else`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        try await app.tell()
        let call = try #require(receiver.calls.first)
        let manual = try String(contentsOf: .repository.appending(path: "docs/operator.md"), encoding: .utf8)
        let script = try #require(manual.firstMatch(of: /```python\n(.*?is_ours.*?)```/.dotMatchesNewlines())?.1)
        let now = call.headers["webhook-timestamp"] ?? ""
        for (body, isOurs) in [(call.text, "True"), (call.text + " ", "False")] {
            let line = """
                \(script)
                import sys
                time.time = lambda: float("\(now)")
                print(is_ours(\(Self.python(call.headers)), sys.stdin.buffer.read(), "\(TestApp.hookSecret)"))
                """
            let python = Subprocess()
            let (input, output) = (Pipe(), Pipe())
            python.line.executableURL = URL(filePath: "/usr/bin/python3")
            python.line.arguments = ["-c", line]
            python.line.standardInput = input.fileHandleForReading
            python.line.standardOutput = output.fileHandleForWriting
            try python.start()
            try input.fileHandleForWriting.write(contentsOf: Data(body.utf8))
            try input.fileHandleForWriting.close()
            python.waitUntilExit()
            try output.fileHandleForWriting.close()
            let said = try output.fileHandleForReading.readToEnd() ?? Data()
            #expect(String(decoding: said, as: UTF8.self) == "\(isOurs)\n")
        }
    }

    private static func python(_ headers: [String: String]) -> String {
        "{" + headers.map { "\"\($0.key)\": \"\($0.value)\"" }.joined(separator: ", ") + "}"
    }

    // MARK: Answers

    @Test(arguments: [200, 202, 204, 299]) func `any 2xx is enough`(_ status: Int) async throws {
        let receiver = try ReceiverStub { _ in .status(status) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        #expect(try await app.tell() == 1)
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test(arguments: [400, 401, 404, 410, 429, 500, 503]) func `anything else is tried again, with the same id`(
        _ status: Int
    ) async throws {
        let receiver = try ReceiverStub { _ in .status(status) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        #expect(try await app.tell() == 1)
        #expect(try await app.waitingEvents.status == String(status))
        #expect(try await app.tell() == 0)
        receiver.answer { _ in .status(200) }
        app.clock.advance(.seconds(5))
        #expect(try await app.tell() == 1)
        #expect(try await app.waitingEvents.count == 0)
        #expect(receiver.calls.count == 2 && Set(receiver.calls.map(\.id)).count == 1)
        #expect(receiver.calls[0].headers["webhook-timestamp"] != receiver.calls[1].headers["webhook-timestamp"])
    }

    @Test func `a redirect is not followed`() async throws {
        let other = try ReceiverStub()
        let receiver = try ReceiverStub { _ in .redirect(to: other.url) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        try await app.tell()
        #expect(other.calls.isEmpty)
        #expect(try await app.waitingEvents.status == "301")
    }

    @Test func `of ten megabytes behind a 200 nothing is waited for`() async throws {
        let receiver = try ReceiverStub { _ in .large(10 * 1024 * 1024) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        #expect(try await app.tell() == 1)
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test func `silence and a broken connection are failures too`() async throws {
        let receiver = try ReceiverStub { _ in .silence }
        let app = try await TestApp.start(telling: receiver) { $0.timeout = .milliseconds(200) }
        try await app.subscribe("ann@example.org")
        try await app.tell()
        #expect(try await app.waitingEvents.status == "timed-out")
        receiver.answer { _ in .nothing }
        app.clock.advance(.seconds(5))
        try await app.tell()
        #expect(try await app.waitingEvents.status == "unreachable")
    }

    // MARK: At least once, and in order

    @Test func `of one subscription the next waits for the one before, and others do not`() async throws {
        let receiver = try ReceiverStub { call in .status(call.text.contains("ann@") ? 500 : 200) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        try await app.courant.rights.rectify(app.staff(for: "ann@example.org"), name: PersonName("Ann"))
        try await app.subscribe("bo@example.org")
        try await app.tell()
        #expect(receiver.calls.count == 2 && receiver.calls.allSatisfy { $0.type == "confirmed" })
        receiver.answer { _ in .status(200) }
        app.clock.advance(.seconds(5))
        try await app.tell()
        let ann = receiver.calls.filter { $0.text.contains("ann@") }
        #expect(ann.map(\.type) == ["confirmed", "confirmed", "changed"])
    }

    @Test func `a receiver that dies and comes back has missed nothing, and knows the order`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.fill(addresses: (0..<20).map { "reader\($0)@example.org" })
        receiver.die()
        // One after the other fails; then it is left in peace.
        #expect(try await app.tell() < 20)
        let ids = try await app.courant.store.read { tx in try tx.sealedPersons(after: 0, limit: 20).map(\.id) }
        let now = app.clock.wall.now()
        try await app.courant.store.write { tx in
            for id in ids.prefix(10) { _ = try tx.erase(id, as: .left, at: now) }
        }
        try receiver.comeBack()
        while try await app.waitingEvents.count > 0 {
            app.clock.advance(.seconds(60))
            try await app.tell()
        }
        let calls = Dictionary(grouping: receiver.calls, by: \.subscription).mapValues { $0.map(\.type) }
        #expect(ids.prefix(10).allSatisfy { calls[$0.hex] == ["left"] })
        #expect(ids.dropFirst(10).allSatisfy { calls[$0.hex] == ["confirmed"] })
        #expect(receiver.most <= EventSender.window)
    }

    @Test func `what a process had claimed when it died is told by the next, under the same id`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        let now = app.clock.wall.now()
        // As far as a killed process came.
        #expect(try await app.courant.store.write { try $0.claimEvents(dueBefore: now, limit: 8).count } == 1)
        #expect(try await app.tell() == 0)
        let events = try #require(app.courant.events)
        try await events.recover()
        #expect(try await app.tell() == 1)
        #expect(receiver.calls.map(\.type) == ["confirmed"])
    }

    @Test func `after a day it is given up, not before, and what comes then is told`() async throws {
        let receiver = try ReceiverStub { _ in .status(500) }
        let app = try await TestApp.start(telling: receiver)
        try await app.subscribe("ann@example.org")
        try await app.tell()
        var hours = 0
        while try await app.waitingEvents.count > 0, hours < 30 {
            app.clock.advance(.seconds(3600))
            _ = try await app.courant.calendar.look(in: app.courant.store)
            try await app.tell()
            hours += 1
        }
        #expect(hours == 24)
        receiver.answer { _ in .status(200) }
        app.clock.advance(.seconds(60))
        try await app.unsubscribe("ann@example.org")
        try await app.tell()
        #expect(receiver.calls.last?.type == "left")
        #expect(try await app.waitingEvents.count == 0)
    }

    @Test func `several processes tell each event once`() async throws {
        guard Engine.usual == .postgresql else { return }
        let receiver = try ReceiverStub()
        let told = try receiver.settings()
        let apps = try await TestApp.company(of: 2) { $0.eventReceiver = told }
        try await apps[0].fill(addresses: (0..<200).map { "reader\($0)@example.org" })
        let attempts = try await withThrowingTaskGroup(of: Int.self) { group in
            for app in apps { group.addTask { try await app.tell() } }
            return try await group.reduce(0, +)
        }
        #expect(attempts == 200)
        #expect(receiver.calls.count == 200 && Set(receiver.calls.map(\.id)).count == 200)
        #expect(try await apps[1].waitingEvents.count == 0)
    }

    // MARK: Standing

    @Test func `the doctor says how many wait, since when, and what to do`() async throws {
        let receiver = try ReceiverStub { _ in .status(500) }
        let app = try await TestApp.start(telling: receiver)
        func finding() async -> Doctor.Finding? {
            await Doctor(app.courant.settings).examine().first { $0.subject == "events" }
        }
        #expect(await finding()?.verdict == .well)
        try await app.subscribe("ann@example.org")
        try await app.tell()
        let found = try #require(await finding())
        #expect(found.verdict == .wrong)
        #expect(
            found.words.contains("1 event waits for 127.0.0.1, the oldest since 2026-01-06T12:00:00Z"), "\(found.words)"
        )
        #expect(found.words.contains("it answers 500: see its log"))
    }

    @Test func `the receiver is named on the page and in the export, in each language`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver)
        let name = "our customer register, run by Example CRM AS"
        try await app.subscribe("ann@example.org")
        for language in app.courant.templates.languages {
            let disclosure = app.courant.rights.disclosures.disclosure(in: language)
            #expect(disclosure.recipients.contains { $0.name == name && $0.role.count > 60 }, "\(language.code)")
            #expect(disclosure.transfers.contains(name), "\(language.code)")
        }
        let export = try await app.courant.rights.export(app.find("ann@example.org")).json()
        #expect(String(decoding: export, as: UTF8.self).contains(name))
    }
}

/// Where events do not go.
@Suite(.timeLimit(.minutes(5))) struct InsideNetworkTests {
    @Test(arguments: [
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "100.127.255.255", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "168.63.129.16", "::",
        "::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1",
    ]) func `is inside`(_ address: String) {
        #expect(InsideNetwork.contains(address) == true)
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.169.0.1",
        "169.253.0.1", "223.255.255.255", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2a00::1",
    ]) func `is outside`(_ address: String) {
        #expect(InsideNetwork.contains(address) == false)
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1"])
    func `no spelling and no name of this machine is connected to`(_ host: String) async throws {
        let receiver = try ReceiverStub()
        var configuration = HTTPClient.Configuration()
        configuration.refusesInside = true
        let http = HTTPClient(configuration: configuration)
        await #expect(throws: HTTPFailure.inside) {
            try await http.send(HTTPRequest(.post, "http://\(host):\(receiver.port)/", body: []))
        }
        #expect(receiver.calls.isEmpty)
    }

    @Test(arguments: ["10.255.255.1", "169.254.169.254", "[fd00:ec2::254]"])
    func `no private address is tried`(_ host: String) async throws {
        var configuration = HTTPClient.Configuration()
        configuration.refusesInside = true
        let http = HTTPClient(configuration: configuration)
        await #expect(throws: HTTPFailure.inside) {
            try await http.send(HTTPRequest(.post, "http://\(host)/", body: []))
        }
    }

    @Test func `a request that may not start sends nothing`() async throws {
        let receiver = try ReceiverStub()
        var request = HTTPRequest(.post, receiver.url, body: Array("secret".utf8))
        request.mayStart = { false }
        let http = HTTPClient()
        await #expect(throws: HTTPFailure.cancelled) { try await http.send(request) }
        request.mayStart = { true }
        #expect(try await http.send(request).status == 204)
        // Nor on the connection that is there by now.
        request.mayStart = { false }
        await #expect(throws: HTTPFailure.cancelled) { try await http.send(request) }
        #expect(receiver.calls.count == 1)
    }

    @Test func `a receiver inside that was not allowed gets nothing`() async throws {
        let receiver = try ReceiverStub()
        let app = try await TestApp.start(telling: receiver) { $0.mayBeInside = false }
        try await app.subscribe("ann@example.org")
        try await app.tell()
        #expect(try await app.waitingEvents.status == "inside")
        #expect(receiver.calls.isEmpty)
    }
}
