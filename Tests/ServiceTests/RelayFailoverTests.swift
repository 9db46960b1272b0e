import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import Synchronization
import Testing
import Wiring

/// Two relays that are real servers on loopback: which of them gets a mail, and which never does.
@Suite(.timeLimit(.minutes(20))) struct RelayFailoverTests {
    private final class Switch: Sendable {
        private let state = Mutex(true)
        var isOn: Bool {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    /// A relay that can be switched off: then it hangs up before a mail's content, and lets nobody in.
    private static func relay(
        _ isOn: Switch,
        _ script: @escaping @Sendable (SMTPScript.Step, SMTPScript.Turn) -> SMTPScript.Answer? = { _, _ in nil }
    ) throws -> SMTPScript {
        try SMTPScript { step, turn in
            let answer = script(step, turn)
            if isOn.isOn || ![.greeting, .mail, .rcpt].contains(step) { return answer }
            return step == .greeting ? .both(.reply("421 4.3.2 shutting down"), .hangUp) : .hangUp
        }
    }

    private static func chain(
        _ servers: [SMTPScript], _ change: (inout SMTPRelay.Configuration) -> Void = { _ in }
    ) -> (chain: RelayChain, health: RelayHealth, names: [String]) {
        var configurations = servers.map { SMTPRelay.Configuration.local(port: $0.port) }
        let names = configurations.map { "\($0.address)" }
        let health = RelayHealth(names)
        for index in configurations.indices {
            configurations[index].health = health
            // libcurl says QUIT to a relay that has turned it away, and waits so long for the answer.
            configurations[index].timeouts.connect = .milliseconds(500)
            change(&configurations[index])
        }
        return (RelayChain(configurations.map { SMTPRelay(configuration: $0) }), health, names)
    }

    private static func recipients(_ servers: SMTPScript...) -> [String] {
        servers.flatMap { $0.received.flatMap(\.recipients) }
    }

    @Test
    func
        `the first relay dies under a campaign: the second takes over, nobody gets it twice, and the first comes back`()
        async throws
    {
        let isOn = Switch()
        let first = try Self.relay(isOn) { step, turn in
            if step == .rcpt, turn.count == 25 { isOn.isOn = false }
            return nil
        }
        let second = try SMTPScript()
        let (chain, health, names) = Self.chain([first, second])
        let app = try await TestApp.start(through: chain)
        try await app.fill(80)
        try await app.launch()
        try await app.deliverAllMail()
        let all = Self.recipients(first, second)
        #expect(all.count == 80 && Set(all).count == 80, "\(all.count) mails")
        #expect(!first.received.isEmpty && second.received.count >= 50)
        let tally = try await app.courant.campaigns.show(1).progress
        #expect(tally.accepted == 80 && tally.inDoubt == 0)
        let before = first.received.count
        isOn.isOn = true
        try await eventually("the first is well") {
            try await app.launch()
            try await app.deliverAllMail()
            return health.standing.allSatisfy { $0.breaker == .closed && $0.trouble == nil }
                && first.received.count > before
        }
        let (atFirst, atSecond) = (first.received.count, second.received.count)
        try await app.launch()
        try await app.deliverAllMail()
        #expect(first.received.count == atFirst + 80 && second.received.count == atSecond)
        #expect(names.count == 2)
        await chain.stop(within: .seconds(5))
    }

    @Test func `what one relay refuses for our sake pauses the campaign, and no other gets it`() async throws {
        let first = try SMTPScript { step, _ in step == .rcpt ? .reply("550 5.7.1 Our system has detected spam") : nil }
        let second = try SMTPScript()
        let (chain, _, _) = Self.chain([first, second])
        let app = try await TestApp.start(through: chain)
        try await app.fill(40)
        try await app.launch()
        try await app.deliverAllMail()
        let campaign = try await app.courant.campaigns.show(1)
        #expect(campaign.campaign.state == .paused && campaign.campaign.reason?.contains("5.7.1") == true)
        #expect(second.connections == 0 && first.received.isEmpty)
        await chain.stop(within: .seconds(5))
    }

    @Test func `a mail that the first relay may have goes to no other`() async throws {
        let first = try SMTPScript { step, turn in step == .content && turn.count == 3 ? .hangUp : nil }
        let second = try SMTPScript()
        let (chain, _, _) = Self.chain([first, second]) { $0.connections = 1 }
        let verdicts = await chain.deliver(OutgoingMail.samples(10))
        #expect(verdicts.count { $0 == .inDoubt } == 1 && verdicts.count { $0 == .accepted } == 9)
        #expect(!Self.recipients(second).contains("reader3@example.org"))
        await chain.stop(within: .seconds(5))
    }

    @Test func `a relay that has failed three times rests while another serves, and is tried as soon as none does`()
        async throws
    {
        let (isFirstOn, isSecondOn) = (Switch(), Switch())
        isFirstOn.isOn = false
        let (first, second) = (try Self.relay(isFirstOn), try Self.relay(isSecondOn))
        let (chain, health, names) = Self.chain([first, second]) {
            $0.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(1))
            $0.rest = Backoff(first: .seconds(3600), longest: .seconds(3600))
        }
        func breaker(_ index: Int) -> RelayHealth.Breaker? {
            health.standing.first { $0.relay == names[index] }?.breaker
        }
        try await eventually("the first is left alone") {
            _ = await chain.deliver(.sample())
            return breaker(0) == .open
        }
        #expect(health.nextTry() == nil, "the other one serves")
        let tries = first.connections
        for _ in 1...20 { #expect(await chain.deliver(.sample()) == .accepted) }
        #expect(first.connections == tries && breaker(0) == .open && breaker(1) == .closed)
        (isFirstOn.isOn, isSecondOn.isOn) = (true, false)
        try await eventually("the first serves again, long before its rest is over") {
            _ = await chain.deliver(.sample())
            return !first.received.isEmpty && breaker(0) == .closed
        }
        await chain.stop(within: .seconds(5))
    }
}
