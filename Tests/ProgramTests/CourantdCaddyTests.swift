import CourantTesting
import Foundation
import Mailbox
import Outbound
import Testing

/// The service behind Caddy as the operator's manual has it.
@Suite(.enabled(if: Caddy.program != nil, "caddy is not installed"), .timeLimit(.minutes(10)))
struct CourantdCaddyTests {
    @Test func `people come and go through the manual's block, and Caddy's log holds neither them nor a token`()
        async throws
    {
        try await Host.with { host in
            let caddy = try await Caddy()
            host.set(["http.public-url": caddy.url])
            let service = try await host.serve()
            try await host.furnish()
            let program = try await caddy.start(
                try Manual("docs/operator.md").block(with: "reverse_proxy").text, before: host)
            defer { program.signal(SIGKILL) }
            #expect(try await caddy.get("/").status == 200)
            #expect(try await caddy.post("/subscribe", "email=ann%40example.org&list=news").status == 303)
            let link = try #require(try await host.mail(to: "ann@example.org", 1).path("/confirm/"))
            #expect(try await caddy.post(link, "").status == 200)
            let leave = try #require(try await host.mail(to: "ann@example.org", 2).oneClick)
            #expect(try await caddy.post(leave, "List-Unsubscribe=One-Click").status == 200)
            #expect(try await caddy.post("/subscribe", String(repeating: "a", count: 200_000)).status == 413)
            let doctor = try await host.courantd("doctor", environment: ["COURANT_CA_FILE": caddy.certificate])
            #expect(doctor.out.contains("✓ proxy      \(caddy.url) leads here"), "\(doctor.out)")
            service.signal(SIGKILL)
            try await eventually("it is away") { service.code != nil }
            #expect(try await caddy.get("/confirm/a-token-of-somebody").status == 502)
            let log = program.saidErr + program.saidOut
            #expect(log.contains("serving initial configuration"))
            #expect(!log.contains("a-token-of-somebody") && !log.contains("remote_ip") && !log.contains(link), "\(log)")
        }
    }
}

/// A proxy on a port of its own, with a certificate that it has signed itself.
private final class Caddy: Sendable {
    static let program = ["/usr/bin/caddy", "/usr/local/bin/caddy", "/opt/homebrew/bin/caddy"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let url: String
    let certificate: String
    private let http: HTTPClient
    private let folder: TemporaryDirectory

    init() async throws {
        folder = try TemporaryDirectory()
        certificate = try folder.makeCertificate()
        url = "https://localhost:\(try Socket.freePort())"
        var configuration = HTTPClient.Configuration()
        configuration.certificateAuthorities = certificate
        http = HTTPClient(configuration: configuration)
    }

    /// `text`: the manual's, for a site of its own.
    func start(_ text: String, before host: Host) async throws -> Program {
        let own = text.replacing("    log {", with: "    admin off\n    auto_https off\n    log {")
            .replacing("news.example.org {", with: "\(url) {\n    tls \(certificate) \(folder.path)/key.pem")
            .replacing("127.0.0.1:8080", with: "127.0.0.1:\(host.port)")
        let file = "\(folder.path)/Caddyfile"
        try Data(own.utf8).write(to: URL(filePath: file))
        let program = try Program(
            Self.program ?? "caddy", ["run", "--config", file, "--adapter", "caddyfile"], in: host.home,
            environment: ["HOME": folder.path])
        try await eventually("Caddy answers: \(program.saidErr)") {
            guard program.code == nil else { throw TestFailure(program.saidErr) }
            return (try? await get("/livez"))?.status == 200
        }
        return program
    }

    func get(_ path: String) async throws -> HTTPResponse { try await http.send(HTTPRequest(.get, url + path)) }

    func post(_ path: String, _ form: String) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                .post, url + path, headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
                body: Array(form.utf8)))
    }
}
