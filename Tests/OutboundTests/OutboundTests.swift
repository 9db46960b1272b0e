import CourantTesting
import Mail
import Outbound
import Testing

@Suite struct SMTPRelayTests {
    @Test(.timeLimit(.minutes(1)), arguments: [SMTPRelay.Configuration.Grouping.body, .envelope, .off])
    func `mails arrive in whole, each with a verdict`(grouping: SMTPRelay.Configuration.Grouping) async throws {
        let server = try SMTPScript()
        var configuration = SMTPRelay.Configuration.local(port: server.port)
        configuration.grouping = grouping
        let relay = SMTPRelay(configuration: configuration)
        let verdicts = await relay.deliver(OutgoingMail.samples(100))
        #expect(verdicts == Array(repeating: .accepted, count: 100))
        #expect(Set(server.received.map(\.sender)).count == 100)
        await relay.stop(within: .seconds(5))
    }
}
