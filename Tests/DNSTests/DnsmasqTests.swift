import CourantTesting
import DNS
import Foundation
import Testing

/// dnsmasq, which answers for made zones on loopback.
private final class Dnsmasq {
    static let program = "/usr/sbin/dnsmasq"
    /// `scripts/setup --tests` installs it.
    static let isHere = FileManager.default.isExecutableFile(atPath: program)

    let resolver: SystemResolver
    private let process: Subprocess

    init(_ records: [String]) async throws {
        let port = UInt16(try SMTPProgram.freePort())
        resolver = SystemResolver(server: .init(address: "127.0.0.1", port: port), seconds: 30, patience: .seconds(600))
        process = Subprocess(
            Self.program,
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--port=\(port)", "--listen-address=127.0.0.1",
                "--bind-interfaces", "--no-resolv", "--no-hosts", "--local=/test/", "--local=/8.in-addr.arpa/",
                "--pid-file=",
                "--user=root", "--local-ttl=300",
            ] + records)
        (process.line.standardOutput, process.line.standardError) = (.nullDevice, .nullDevice)
        try process.start()
        try await eventually("dnsmasq answers") {
            let probe = SystemResolver(server: .init(address: "127.0.0.1", port: port), seconds: 1)
            return await probe.ask("is-up.test", .text).texts == ["yes"]
        }
    }

    /// Not SIGTERM: a child inherits its thread's blocked signals, and Swift's threads block that one.
    deinit { kill(process.processIdentifier, SIGKILL) }
}

@Suite(.enabled(if: Dnsmasq.isHere, "needs dnsmasq-base: scripts/setup --tests"))
struct DnsmasqTests {
    @Test func `another maker's server is asked, and its zones are read as they are`() async throws {
        let server = try await Dnsmasq([
            "--txt-record=is-up.test,yes",
            "--mx-host=good.test,mx.good.test,10", "--host-record=mx.good.test,8.8.4.4",
            "--host-record=relay.good.test,8.8.4.5",
            "--ptr-record=5.4.8.8.in-addr.arpa,relay.good.test",
            "--txt-record=good.test,v=spf1 ip4:8.8.4.0/24 ,-all",
            "--txt-record=_dmarc.good.test,v=DMARC1; p=reject; rua=mailto:dmarc@good.test",
            "--cname=alias.good.test,relay.good.test", "--txt-record=bad.test,hello",
        ])
        let names = MailDNS.Names(
            from: ["good.test"], envelopes: ["good.test", "bad.test"], relays: ["relay.good.test", "alias.good.test"],
            signer: nil)
        let findings = await MailDNS(names, server.resolver).look()
        #expect(
            findings.map { "\($0.subject) \($0.verdict)" } == [
                "mx well", "spf well", "mx wrong", "spf wrong", "dmarc well", "aligned well", "ptr well", "ptr well",
            ], "\(findings.map(\.words).joined(separator: "\n"))")
        #expect(await server.resolver.ask("gone.test", .text) == .noName)
        #expect(await server.resolver.ask("alias.good.test", .address).addresses == [IPAddress("8.8.4.5")])
    }
}
