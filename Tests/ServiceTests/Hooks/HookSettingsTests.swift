import CourantTesting
import Foundation
import Newsletter
import Testing
import Web
import Wiring

@Suite struct HookSettingsTests {
    private static let secret = "0123456789abcdef0123456789abcdef"

    private static func file(_ text: String) throws -> String {
        let file = try URL.temporary().appending(path: UUID().uuidString).path
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        return file
    }

    private static func values(_ provider: HookProvider) throws -> [String: String?] {
        let place = "hooks.\(provider.rawValue)"
        var values: [String: String?] = ["\(place).secret-file": try file(secret + "\n")]
        if provider.hasKey { values["\(place).key-file"] = try file(HookCaller.key(provider) + "\n") }
        if provider.hasTopics { values["\(place).topics"] = HookCaller.topics[provider] }
        return values
    }

    @Test(arguments: HookProvider.allCases) func `a provider is let in with its secret and what it is known by`(
        _ provider: HookProvider
    ) async throws {
        let (settings, _) = try await SettingsTests.read(Self.values(provider))
        #expect(settings.hooks.map(\.provider) == [provider] && settings.hooks.map(\.secret) == [Self.secret])
    }

    @Test(arguments: HookProvider.allCases) func `one of them alone, and what is none of them, is a problem`(
        _ provider: HookProvider
    ) async throws {
        let (place, all) = ("hooks.\(provider.rawValue)", try Self.values(provider))
        for key in all.keys {
            await Self.expect("go together", all.filter { $0.key != key })
        }
        let short = try Self.file("short")
        await Self.expect("holds no secret for a URL", all.merging(["\(place).secret-file": short]) { $1 })
        let key = provider.hasKey ? "\(place).key-file" : "\(place).topics"
        let none = provider.hasKey ? short : "bounces"
        await Self.expect("is none of \(provider.rawValue)'s", all.merging([key: none]) { $1 })
        await Self.expect("/nowhere is not there", all.merging(["\(place).secret-file": "/nowhere"]) { $1 })
    }

    private static func expect(_ words: String, _ values: [String: String?]) async {
        do {
            _ = try await SettingsTests.read(values)
            Issue.record("taken")
        } catch let error as SettingsProblems {
            #expect(error.problems.count == 1 && error.problems[0].contains(words), "\(error.problems)")
        } catch {
            Issue.record(error)
        }
    }

    @Test func `a provider that reports by calls, and may not call, is warned of`() async throws {
        let (settings, _) = try await SettingsTests.read(["relay.provider": "brevo"])
        #expect(settings.relayProvider == .brevo)
        #expect(settings.remarks.contains { "\($0)".contains("hooks.brevo is set") })
        var values = try Self.values(.brevo)
        values["relay.provider"] = "brevo"
        #expect(try await !SettingsTests.read(values).0.remarks.contains { "\($0)".contains("hooks.brevo") })
    }
}
