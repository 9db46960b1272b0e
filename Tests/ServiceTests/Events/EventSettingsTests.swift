import CourantTesting
import Foundation
import Newsletter
import Testing
import Wiring

@Suite struct EventSettingsTests {
    private static func file(_ text: String) throws -> String {
        let file = try URL.temporary().appending(path: "secret").path
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        return file
    }

    private static func values(_ changes: [String: String?] = [:]) throws -> [String: String?] {
        var values: [String: String?] = [
            "hooks.receiver.url": "https://crm.example.org/courant", "hooks.receiver.name": "our customer register",
            "hooks.receiver.secret-file": try file(TestApp.hookSecret + "\n"),
        ]
        for (key, value) in changes { values["hooks.receiver.\(key)"] = value }
        return values
    }

    @Test func `a receiver is told everything unless less is wanted`() async throws {
        let all = try #require(try await SettingsTests.read(Self.values()).0.eventReceiver)
        #expect(all.events == Set(OutgoingEvent.Kind.allCases) && !all.mayBeInside)
        let some = try await SettingsTests.read(Self.values(["events": "left,erased"])).0.eventReceiver
        #expect(some?.events == [.left, .erased])
        #expect(try await SettingsTests.read().0.eventReceiver == nil)
    }

    @Test func `what lacks something, or is none, is said`() async throws {
        let weak = try Self.file("whsec_c2hvcnQ=")
        for (changes, words) in [
            (["url": nil], "is missing: where do the events go?"),
            (["name": nil], "is missing: people are told who gets their data"),
            (["secret-file": nil], "is missing: events are signed with it"),
            (["secret-file": weak], "holds no secret"), (["url": "http://crm.example.org/"], "is not https://"),
            (["url": "https://user:word@crm.example.org/"], "is not https://"),
            (["url": "https://10.0.0.4/"], "is on the inside of the network"),
            (["url": "https://localhost/"], "is on the inside of the network"),
            (["url": "http://127.0.0.1:8080/"], "is on the inside of the network"),
            (["url": "https://[::1]/"], "is on the inside of the network"), (["events": "opened"], "is not one of"),
            (["events": "confirmed,left"], "lacks erased, bounced: whoever gets a copy"),
            (["inside": "yes"], "is not one of refused, allowed"),
        ] as [([String: String?], String)] {
            let problems = try await SettingsTests.problems(Self.values(changes))
            #expect(problems.count == 1 && problems[0].contains(words), "\(changes): \(problems)")
        }
    }

    @Test func `the inside is taken in so many words`() async throws {
        for url in ["https://10.0.0.4/", "http://localhost:8080/hook", "https://[::1]:8443/"] {
            let receiver = try await SettingsTests.read(Self.values(["url": url, "inside": "allowed"])).0.eventReceiver
            #expect(receiver?.url == url && receiver?.mayBeInside == true)
        }
    }
}
