import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import TestSupport
import Testing
import Wiring

/// Three years of comings and goings on a clock that somebody keeps setting wrong.
@Suite struct RetentionYearsTests {
    private struct Life {
        var kind: SubscriberClass
        var activity: Date
    }

    @Test(arguments: [1] as [UInt64])
    func `nobody is kept longer than the rule and a sweep, and nobody goes early`(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        let terms: [SubscriberClass: Int] = [.subscriber: 365, .partner: 90, .prospect: 730]
        let app = try await TestApp.start()
        // Over the leap day of 2028.
        app.clock.advance(.seconds(1_790_000_000 - 1_767_700_800))
        try await app.keep(RetentionRules(terms: terms, remindDays: 14))
        _ = try await app.courant.retention.sweep()
        app.clock.advance(.seconds(3_600))
        var truth = app.clock.wall.now()
        var lives: [String: Life] = [:]
        let end = truth + .seconds(3 * 365 * 86_400)
        var step = 0
        while truth < end {
            step += 1
            let jumps = Int.random(in: 0..<8, using: &random) == 0
            if jumps { app.clock.set(truth + .seconds(Int.random(in: -400...400, using: &random) * 86_400 + 600)) }
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let address = "p\(step)@example.org"
                try await app.subscribe(address)
                lives[address] = Life(kind: .subscriber, activity: truth)
            case 1:
                guard let address = lives.keys.sorted().randomElement(using: &random) else { break }
                let id = try app.unsubscribeLink(address).subscription
                _ = try await app.courant.retention.keep(KeepLink(id, keyring: app.courant.keyring))
                lives[address]?.activity = truth
            case 2 where step % 5 == 0:
                guard let address = lives.keys.sorted().randomElement(using: &random) else { break }
                let kind = [SubscriberClass.partner, .prospect].randomElement(using: &random) ?? .partner
                _ = try await app.courant.retention.classify(.init(address), on: nil, as: kind, by: .host)
                lives[address]?.kind = kind
                if kind == .partner { lives[address]?.activity = truth }
            default: break
            }
            let pause = Duration.seconds(Int.random(in: 3_600...72_000, using: &random))
            let rest = Duration.seconds(jumps ? 0 : Int.random(in: 0...150_000, using: &random))
            app.clock.advance(pause + rest)
            truth = truth + (pause + rest)
            _ = try await app.courant.retention.sweep()
            if jumps {
                app.clock.set(truth)
                _ = try await app.courant.retention.sweep()
            }
            lives = lives.filter { _, life in truth < life.activity + .seconds((terms[life.kind] ?? 0) * 86_400) }
            try await #require(app.active() == lives.count, "step \(step), seed \(seed)")
        }
        for address in lives.keys { #expect(try await app.isThere(address)) }
    }
}

@Suite struct SteadyClockTests {
    private static let start = Date(timeIntervalSince1970: 1_790_000_000)

    @Test(arguments: [-1, 1, 400]) func `a jump is not believed until it has stood for a day`(_ days: Int) {
        let clock = TestClock(at: Self.start)
        let steady = clock.wall.steady()
        #expect(steady.now() == Self.start)
        clock.advance(SteadyClock.warmUp)
        clock.set(Self.start + .seconds(days * 86_400))
        clock.advance(.seconds(3_600))
        #expect(steady.now() == Self.start + .seconds(4_200))
        clock.advance(.seconds(86_399))
        #expect(steady.now() == Self.start + .seconds(90_599))
        clock.advance(.seconds(3_601))
        #expect(steady.now() == clock.wall.now())
    }

    @Test func `a clock that was set back by years is not believed by itself, however long it stands`() {
        let clock = TestClock(at: Self.start)
        let steady = clock.wall.steady()
        _ = steady.now()
        clock.set(Self.start - .seconds(400 * 86_400))
        clock.advance(.seconds(10 * 86_400))
        #expect(steady.now() == Self.start + .seconds(10 * 86_400))
    }

    @Test func `a clock that is set again and again is believed by nobody, and one that is slewed is`() {
        let clock = TestClock()
        let steady = clock.wall.steady()
        _ = steady.now()
        clock.advance(SteadyClock.warmUp)
        let first = steady.now()
        for hour in 1...100 {
            clock.advance(.seconds(3_600))
            clock.set(first + .seconds(hour % 2 == 0 ? 9_000_000 : -9_000_000))
            #expect(steady.now() == first + .seconds(hour * 3_600))
        }
        clock.set(first + .seconds(360_000))
        for _ in 1...100 {
            clock.advance(.seconds(60))
            clock.set(clock.wall.now() + .seconds(60))
            #expect(steady.now() == clock.wall.now())
        }
    }
}
