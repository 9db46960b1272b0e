import CourantTesting
import Foundation
import Logging
import Newsletter
import Outbound
import SQLStore
import Testing

@testable import Wiring

/// How far the word of a check goes.
@Suite(.serialized) struct PromiseVerdictTests {
    @Test func `no verdict is better than its check can reach, and what is left for people is said`() async throws {
        let order: [PromiseVerdict] = [.broken, .notYet, .yours, .seen, .proven]
        for finding in try await PromiseTests.Place().findings() {
            let reached = order.firstIndex(of: finding.evidence.verdict) ?? 0
            let most = PromiseCheck.named(finding.promise.check).flatMap { order.firstIndex(of: $0.reaches) } ?? 0
            #expect(reached <= most, "\(finding.promise.id): \(finding.evidence)")
            #expect(finding.evidence.remainder?.isEmpty != true)
        }
    }

    @Test func `what software cannot know is a person's to answer for`() async throws {
        let findings = try await PromiseTests.Place().findings()
        let answered = findings.filter { $0.evidence.verdict == .yours }.map(\.promise.id)
        #expect(answered == ["S6", "S12", "S14", "S15", "S20"])
        #expect(findings.filter { $0.evidence.verdict == .notYet }.map(\.promise.id) == ["S24"])
    }

    @Test func `a captcha of another company is no page without cookies, unless the sentence says so`() async throws {
        var place = try await PromiseTests.Place()
        place.settings.captcha.provider = .recaptcha
        place.settings.captcha.siteKey = "key"
        let book = place.settings.promisesFile
        place.settings.promisesFile = try place.write(
            "promises:\n  A: {says: No cookies., check: no-cookies}\n  B: {says: x, check: no-cookies, with: {besides: captcha}}"
        )
        let verdicts = try await place.findings().map(\.evidence.verdict)
        #expect(verdicts == [.broken, .seen])
        place.settings.promisesFile = book
        place.settings.captcha.provider = .proofOfWork
        #expect(try await place.findings().first { $0.promise.id == "S26" }?.evidence.verdict == .proven)
    }

    /// With the shipped settings and promises: no list, no subscriber, nobody who may log in.
    private func inspectFreshInstallation() async throws -> [PromiseFinding] {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        var settings = Settings.sample(directory)
        settings.store = try StoreAddress(await Engine.usual.url(in: directory))
        settings.captcha.provider = .proofOfWork
        settings.organisation.authority = "Datatilsynet, www.datatilsynet.no"
        let courant = try Courant(settings, logger: settings.logger())
        try await courant.begin()
        try courant.store.close()
        return try await Courant.inspectPromises(settings)
    }

    @Test func `a fresh installation breaks no promise, and says what cannot be looked at yet`() async throws {
        let findings = try await inspectFreshInstallation()
        #expect(findings.filter(\.evidence.isBroken).map(\.promise.id) == [])
        let waiting = findings.filter { $0.evidence.verdict == .notYet }
        #expect(waiting.contains { $0.promise.id == "N6" })
        #expect(waiting.allSatisfy { $0.evidence.words.contains("courant ") })
    }

    @Test(arguments: [
        (Refusal.notFound(.subscriber) as any Error, "somebody else changes the database"),
        (HTTPFailure.unreachable("nobody listens"), "gave no answer (nobody listens)"),
        (HTTPFailure.timedOut, "in time"),
        (SealingFailure.damaged, "put the newest copy of it back"),
        (CocoaError(.fileReadNoPermission), "owner and mode"),
        (StoreFailure.overloaded, "more writers wait"), (ProbeFailure(), "run courantd promises again"),
    ]) func `whatever a check meets becomes words that say what to do`(_ error: any Error, _ words: String) {
        let said = FailureWords(
            webServices: "http://127.0.0.1:1", settings: Settings(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ).words(error)
        #expect(said.contains(words) && !said.contains("\(type(of: error))"), "\(said)")
    }

    private struct ProbeFailure: Error {}
}
