import CourantTesting
import Foundation
import SQLStore
import Testing

@testable import Wiring

/// Where the records are, and what is said about it: a password least of all.
@Suite struct StoreSettingsTests {
    static let url = "postgresql://courant:hush@127.0.0.1:1/news"

    private static func settings() throws -> Settings {
        var settings = Settings.sample(try .temporary())
        settings.store = try StoreAddress(url)
        return settings
    }

    @Test func `a server's password is read from its file, and neither it nor the address's is printed`() async throws {
        let file = try URL.temporary().appending(path: "password")
        try Data("correct horse\n".utf8).write(to: file)
        let (settings, found) = try await SettingsTests.read([
            "store.url": "postgresql://courant@db.example.org/news", "store.password-file": file.path,
        ])
        guard case .postgresql(let address) = settings.store else { throw TestFailure("\(settings.store)") }
        #expect(address.password == "correct horse" && !"\(found) \(address)".contains("horse"))
        let (_, other) = try await SettingsTests.read(["store.url": Self.url])
        #expect(other.first { $0.key == "store.url" }?.value == "postgresql://courant@127.0.0.1:1/news")
        let (_, embedded) = try await SettingsTests.read(["store.url": "sqlite:c.db"])
        #expect(embedded.first { $0.key == "store.url" }?.value == "sqlite:c.db")
    }

    @Test func `a file for a password that is not asked for is told, and whose it would be`() async throws {
        let problems = try await SettingsTests.problems([
            "store.url": "postgresql://courant:hush@db.example.org", "store.password-file": "/nowhere",
        ])
        #expect(problems.count == 2 && !"\(problems)".contains("hush"), "\(problems)")
    }

    @Test func `while the server is away nothing starts, no key is made, and doctor says which of it is not well`()
        async throws
    {
        let settings = try Self.settings()
        let failure = #expect(throws: StartFailure.self) { try Courant(settings, logger: StoreTests.logger) }
        #expect(!FileManager.default.fileExists(atPath: settings.keysFile))
        let findings = await Doctor(settings).examine()
        for subject in ["keys", "store", "audit", "logins", "requests"] {
            #expect(findings.first { $0.subject == subject }?.verdict == .wrong, "\(subject)")
        }
        #expect(findings.first { $0.subject == "store" }?.words == failure.map { "\($0)" })
        #expect(!"\(findings) \(String(describing: failure))".contains("hush"))
        try settings.checkFiles()
    }

    @Test func `copies of a server's records are its own programs' to make`() async throws {
        let settings = try Self.settings()
        let refusals = [
            await #expect(throws: StartFailure.self) { try await Courant.backup(to: "/dev/null", settings: settings) },
            #expect(throws: StartFailure.self) {
                try Courant.restore("/dev/null", replacing: true, withoutLedger: false, settings: settings)
            },
        ]
        for (refusal, program) in zip(refusals, ["with pg_dump", "with pg_restore"]) {
            let words = refusal.map { "\($0)" } ?? ""
            #expect(
                words.contains(program) && words.contains("courant.erasures") && !words.contains("hush"), "\(words)")
        }
        #expect(!FileManager.default.fileExists(atPath: settings.keysFile))
    }

    @Test func `a server's password goes to that server alone`() throws {
        var settings = try Self.settings()
        guard case .postgresql(var address) = try StoreAddress("postgresql://courant@db.example.org/news") else {
            return
        }
        address.password = "correct horse"
        settings.store = .postgresql(address)
        func password(_ url: String) throws -> String? {
            guard case .postgresql(let address) = settings.at(try StoreAddress(url)).store else { return nil }
            return address.password
        }
        #expect(try password("postgresql://courant@db.example.org/news") == "correct horse")
        #expect(try password("postgresql://courant@other.example.org/news") == nil)
        #expect(try password("sqlite:courant.db") == nil)
    }

    static let openings: [(StoreOpening, file: String, server: String)] = [
        (.wrongKeys, "put the right one back", "Every courantd that serves"),
        (.olderKeys, "put the newest one back", "needs a copy of the same one"),
        (.ledger(.missing, path: "L"), "courantd restore", "made anew from the database"),
        (.ledger(.truncated(missing: 2), path: "L"), "has lost 2 lines", "Put its newest copy back"),
        (.ledger(.databaseOlder(by: 3), path: "L"), "courantd restore FILE --replace", "it erases them again first"),
        (.unusable("it is away"), "it is away", "it is away"),
        (.served, "stop every one", "stop every one"),
        (.beingMoved, "let courantd move finish", "are being moved"),
        (.movedAway(to: "P"), "have moved to P", "point store.url there"),
        (.halfMoved(from: "P"), "run courantd move again", "go on at P"),
        (.ledger(.moved(to: "P"), path: "L"), "from L to P", "whoever has left since would come back"),
    ]

    @Test(arguments: openings) func `what does not open is told in words that fit where the records are`(
        _ opening: StoreOpening, _ file: String, _ server: String
    ) throws {
        let words = (opening.advice(Settings()), opening.advice(try Self.settings()))
        #expect(words.0.contains(file) && words.1.contains(server), "\(words)")
        #expect(!words.1.contains("courantd restore") && !words.1.contains("hush"))
    }
}
