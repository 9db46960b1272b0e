import CryptoExtras
import Foundation
import HTTPTypes
import Newsletter
import Reports
import Testing
import Web

/// Calls of mail providers: whose they are, and what they say.
@Suite struct HookTests {
    let caller = HookCaller()

    private func reports(_ call: HookCall, _ provider: HookProvider) async throws -> [Report] {
        let hook = try #require(HookCaller.hook(provider))
        return try hook.reports(try await hook.open(call))
    }

    @Test(arguments: HookSample.all) func `each provider's events are read`(_ sample: HookSample) async throws {
        let reports = try await reports(caller.call(sample), sample.provider)
        #expect(reports.map(\.verdict) == sample.verdicts)
        #expect(reports.allSatisfy { $0.marks.contains { $0.text.contains("TAG") } })
    }

    @Test(arguments: HookProvider.allCases) func `every provider has a bounce, and what it sends is known again`(
        _ provider: HookProvider
    ) async throws {
        let (sample, hook) = (
            try #require(HookSample.find(provider, "bounce")), try #require(HookCaller.hook(provider))
        )
        let call = try caller.call(sample)
        let (once, twice) = (try await hook.open(call), try await hook.open(call))
        #expect(once.receipt == twice.receipt && (once.receipt != nil) == provider.signs)
    }

    // MARK: What is refused

    @Test(arguments: HookProvider.allCases) func `who has no password or no signature is refused`(
        _ provider: HookProvider
    ) async throws {
        let sample = try #require(HookSample.find(provider, "bounce"))
        let bare = HookCall(headers: [:], body: Array(sample.body.utf8), now: caller.now, sns: caller.sns.client)
        let refusal: HookFailure = provider.signs ? .forged : .unauthorized(.basic)
        await #expect(throws: refusal) { try await reports(bare, provider) }
        #expect(caller.sns.asked.isEmpty)
    }

    @Test(arguments: HookProvider.allCases.filter { $0.signs && $0 != .mailgun })
    func `a good signature of another body is refused`(_ provider: HookProvider) async throws {
        let (bounce, other) = (
            try #require(HookSample.find(provider, "bounce")), HookSample.all.last { $0.provider == provider }
        )
        let (good, foreign) = (try caller.call(bounce), try caller.call(try #require(other)))
        let body = provider.isSNS ? try Self.swapMessage(good, foreign) : foreign.body
        let mixed = HookCall(headers: good.headers, body: body, now: caller.now, sns: caller.sns.client)
        await #expect(throws: HookFailure.forged) { try await reports(mixed, provider) }
    }

    /// The message of one under the signature of the other.
    private static func swapMessage(_ good: HookCall, _ other: HookCall) throws -> [UInt8] {
        var fields = try JSONDecoder().decode([String: String].self, from: Data(good.body))
        fields["Message"] = try JSONDecoder().decode([String: String].self, from: Data(other.body))["Message"]
        return Array(try JSONEncoder().encode(fields))
    }

    @Test(arguments: HookProvider.allCases.filter(\.signs)) func `what is signed too long ago, or ahead, is refused`(
        _ provider: HookProvider
    ) async throws {
        let sample = try #require(HookSample.find(provider, "bounce"))
        let tolerance: TimeInterval = provider == .postal ? 86_400 : provider.isSNS ? 3600 : 300
        for offset in [-tolerance - 2, tolerance + 2] {
            var then = caller
            then.now += offset
            let call = try then.call(sample)
            let late = HookCall(headers: call.headers, body: call.body, now: caller.now, sns: caller.sns.client)
            await #expect(throws: HookFailure.forged) { try await reports(late, provider) }
        }
    }

    @Test(arguments: [HookProvider.postmark, .brevo, .mailjet, .sparkpost])
    func `another password, and the right one in another scheme, are refused`(_ provider: HookProvider) async throws {
        let sample = try #require(HookSample.find(provider, "bounce"))
        let right = Data(HookCaller.password.utf8).base64EncodedString()
        for header in ["Basic AAAA", "Bearer \(right)", right, "Basic \(right)=", ""] {
            let call = HookCall(headers: [.authorization: header], body: Array(sample.body.utf8), now: caller.now)
            await #expect(throws: HookFailure.unauthorized(.basic)) { try await reports(call, provider) }
        }
    }

    @Test func `a token without a colon is a bearer's`() async throws {
        let hook = try #require(Hook(provider: .brevo, secret: "s", key: "token-0123456789abcdef"))
        let body = Array(#"{"event":"spam","X-Mailin-custom":"TAG"}"#.utf8)
        let good = HookCall(headers: [.authorization: "Bearer token-0123456789abcdef"], body: body, now: caller.now)
        #expect(try await hook.reports(hook.open(good)).map(\.verdict) == [.complaint])
        let bad = HookCall(headers: [.authorization: "Bearer token-0123456789abcdeF"], body: body, now: caller.now)
        await #expect(throws: HookFailure.unauthorized(.bearer)) { try await hook.open(bad) }
    }

    @Test(arguments: HookProvider.allCases.filter { $0.signs && !$0.isSNS && $0 != .mailgun })
    func `what is signed and no JSON is malformed, and never taken for forged`(_ provider: HookProvider) async throws {
        for body in ["", "{", "nonsense", String(repeating: "[", count: 100_000)] {
            let call = try caller.call(provider, body)
            await #expect(throws: HookFailure.malformed) { try await reports(call, provider) }
        }
    }

    // MARK: Keys

    @Test(arguments: HookProvider.allCases) func `each provider takes its own key, and no other's`(
        _ provider: HookProvider
    ) throws {
        #expect(HookCaller.hook(provider) != nil)
        let topics = HookCaller.topics[provider].map { [$0] } ?? []
        guard provider.hasKey else { return #expect(Hook(provider: provider, secret: "s", topics: []) == nil) }
        for key in ["", "short", "a b:c d-0123456789"]
        where provider != .generic && provider != .mailgun || key.utf8.count < 16 {
            #expect(Hook(provider: provider, secret: "s", key: key, topics: topics) == nil)
        }
    }

    @Test func `Postal's key may be given as it stands in its DKIM record`() async throws {
        let spki = try #require(HookCaller.postal).publicKey.derRepresentation.base64EncodedString()
        let call = try caller.call(try #require(HookSample.find(.postal, "bounce")))
        for key in [spki, "v=DKIM1; t=s; h=sha256; p=\(spki);"] {
            let hook = try #require(Hook(provider: .postal, secret: "s", key: key))
            #expect(try await hook.reports(hook.open(call)).count == 1)
        }
    }

    @Test func `what was taken is remembered for a while, and in bounds`() {
        let (seen, now) = (SeenCalls(span: 100, most: 10), caller.now)
        for number in 0..<25 { seen.note(Data([UInt8(number)]), at: now) }
        #expect(seen.has(Data([24])) && seen.has(Data([15])) && !seen.has(Data([5])) && !seen.has(nil))
        seen.note(Data([100]), at: now + 101)
        #expect(seen.has(Data([24])))
        seen.note(Data([101]), at: now + 202)
        #expect(!seen.has(Data([24])) && seen.has(Data([100])))
    }
}

extension HookProvider {
    var isSNS: Bool { hasTopics }
}
