import Captcha
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Outbound
import Synchronization
import Testing

/// What happens while a captcha's provider cannot be asked.
@Suite(.timeLimit(.minutes(20))) struct CaptchaOutageTests {
    let now = Date(timeIntervalSince1970: 1_790_000_000)

    @Test func `a provider that fails again and again is left alone, and tried by one at a time`() async throws {
        let inner = CountingCaptcha(.unavailable(.timedOut))
        let captcha = CircuitBreaker(inner)
        for _ in 1...100 { _ = await captcha.verify("x", action: nil, now: now) }
        #expect(inner.questions == CircuitBreaker.patience)
        #expect(await captcha.verify("x", action: nil, now: now) == .unavailable(.resting))
        #expect(await captcha.verify("", action: nil, now: now) == .unavailable(.resting))

        let later = now.addingTimeInterval(20)
        for _ in 1...100 { _ = await captcha.verify("x", action: nil, now: later) }
        #expect(inner.questions == CircuitBreaker.patience + 1)

        inner.verdict.withLock { $0 = .passed }
        let back = now.addingTimeInterval(40)
        #expect(await captcha.verify("x", action: nil, now: back) == .passed)
        for _ in 1...10 { #expect(await captcha.verify("x", action: nil, now: back) == .passed) }
    }

    @Test func `refusals are answers: they open nothing`() async throws {
        let inner = CountingCaptcha(.refused(.failed))
        let captcha = CircuitBreaker(inner)
        for _ in 1...50 { #expect(await captcha.verify("x", action: nil, now: now) == .refused(.failed)) }
        #expect(inner.questions == 50)
    }

    @Test func `degraded lets a few in each minute, and no more`() async throws {
        let captcha = DegradedCaptcha(CountingCaptcha(.unavailable(.timedOut)))
        var admitted = 0
        for _ in 1...1000 where await captcha.verify("x", action: nil, now: now) == .admitted(.timedOut) {
            admitted += 1
        }
        #expect(admitted == DegradedCaptcha.admittedPerMinute)
        #expect(await captcha.verify("x", action: nil, now: now) == .unavailable(.timedOut))
        let next = now.addingTimeInterval(60)
        #expect(await captcha.verify("x", action: nil, now: next) == .admitted(.timedOut))
    }

    @Test(arguments: [
        CaptchaVerdict.refused(.notServed(status: 429, codes: [])), .refused(.failed), .unavailable(.busy), .passed,
    ])
    func `what a visitor can bring about lets nobody in`(_ verdict: CaptchaVerdict) async throws {
        #expect(await DegradedCaptcha(CountingCaptcha(verdict)).verify("x", action: nil, now: now) == verdict)
    }

    @Test func `a hanging provider holds nobody up for long`() async throws {
        let stub = try await CaptchaStub { _ in
            try? await Task.sleep(for: .seconds(30))
            return (200, "{}")
        }
        var configuration = SiteVerify.Configuration(
            provider: .turnstile, secret: "s", hostnames: ["news.example"], verifyURL: stub.verifyURL)
        configuration.timeout = .seconds(1)
        let captcha = CircuitBreaker(SiteVerify(configuration, http: HTTPClient()))
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 1...20 { group.addTask { await captcha.verify("x", action: nil, now: now) } }
            for await verdict in group { #expect(verdict == .unavailable(.timedOut)) }
        }
        for _ in 1...1000 {
            #expect(await captcha.verify("x", action: nil, now: now) == .unavailable(.resting))
        }
        #expect(ContinuousClock.now - start < .seconds(25))
    }

    @Test func `the form lets in without asking, or says when to come back`() async throws {
        let few = DegradedCaptcha(CountingCaptcha(.unavailable(.timedOut)))
        let web = try await WebApp.start(captcha: few)
        var answers: [Int] = []
        for number in 1...12 {
            answers.append(try await web.form("/subscribe", "email=a\(number)%40example.org").status.code)
        }
        #expect(answers == Array(repeating: 303, count: DegradedCaptcha.admittedPerMinute) + [503, 503])
    }
}

private final class CountingCaptcha: Captcha {
    let field: String? = "captcha"
    let verdict: Mutex<CaptchaVerdict>
    private let count = Atomic(0)

    init(_ verdict: CaptchaVerdict) {
        self.verdict = Mutex(verdict)
    }

    var questions: Int { count.load(ordering: .relaxed) }

    func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        count.add(1, ordering: .relaxed)
        return verdict.withLock { $0 }
    }
}
