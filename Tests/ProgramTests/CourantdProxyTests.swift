import CourantTesting
import Foundation
import Mailbox
import Outbound
import Testing

/// The service behind nginx as the operator's manual has it, with a certificate of one's own authority; also below a path, whether nginx
/// takes it off or not.
@Suite(.enabled(if: Nginx.program != nil, "nginx is not installed"), .timeLimit(.minutes(20)))
struct CourantdProxyTests {
    enum Place: String, CaseIterable, Sendable {
        case ownHost, pathTakenOff, pathLeft

        var path: String { self == .ownHost ? "" : "/news" }

        /// The manual's block, as somebody puts it below a path.
        func location(_ block: String) -> String {
            guard self != .ownHost else { return block }
            return block.replacing("location / {", with: "location /news/ {")
                .replacing("http://127.0.0.1:8080;", with: "http://127.0.0.1:8080\(self == .pathTakenOff ? "/" : "");")
        }
    }

    private static func with(
        _ place: Place, _ change: (String) -> String = { $0 }, _ body: (Host, Nginx) async throws -> Void
    ) async throws {
        let block = change(place.location(try Manual("docs/operator.md").block(with: "proxy_set_header").text))
        try await Host.with { host in
            let nginx = try await Nginx(path: place.path)
            host.set(["http.public-url": nginx.url, "limits.client-per-minute": "4"])
            try await host.serve()
            try await host.furnish()
            let program = try await nginx.start(block, before: host)
            do {
                try await body(host, nginx)
                program.signal(SIGTERM)
            } catch {
                program.signal(SIGTERM)
                throw error
            }
        }
    }

    @Test(arguments: Place.allCases) func `visitors and staff reach the service through the manual's block`(
        _ place: Place
    ) async throws {
        try await Self.with(place) { host, nginx in
            let page = try await nginx.http.send(HTTPRequest(.get, nginx.url + "/"))
            let form = try #require(page.text.firstMatch(of: /<form[^>]* action="([^"]+)"/)).1
            #expect(page.status == 200 && form == "\(place.path)/subscribe")
            let style = try #require(page.text.firstMatch(of: /rel="stylesheet" href="([^"]+)"/)).1
            #expect(try await nginx.get(String(style)).status == 200)
            let signed = try await nginx.post(String(form), "email=ann%40example.org&list=news")
            #expect(signed.status == 303)
            #expect(try await nginx.get(try #require(signed["location"])).status == 200)
            let link = try await host.mail(to: "ann@example.org", 1).path("\(place.path)/confirm/")
            #expect(try await nginx.post(try #require(link), "").status == 200)
            let leave = try #require(try await host.mail(to: "ann@example.org", 2).oneClick)
            #expect(try await nginx.post(leave, "List-Unsubscribe=One-Click").status == 200)
            // Who comes from this machine is a program of ours; one from elsewhere is counted by what nginx says.
            for _ in 1...4 { _ = try await nginx.post(String(form), "email=x", from: "203.0.113.7") }
            #expect(try await nginx.post(String(form), "email=x", from: "203.0.113.7").status == 429)
            try await expectLogin(host, nginx)
            let doctor = try await host.courantd("doctor", environment: ["COURANT_CA_FILE": nginx.certificate])
            #expect(doctor.out.contains("✓ proxy      \(nginx.url) leads here"), "\(doctor.out)")
            #expect(!host.log.contains("proxy_set_header") && !host.log.contains("http.trusted-proxies"))
            #expect(host.log.components(separatedBy: "in an office or a school").count == 2)
        }
    }

    @Test func `whoever watches through the README's block hears at once of each change`() async throws {
        try await Self.with(.ownHost) { host, nginx in
            try await host.subscribe("ann@example.org")
            let login = try await host.courant(
                "login", nginx.url, "--ca-file", nginx.certificate, "--token-stdin", stdin: host.token)
            try #require(login.code == 0, "\(login.err)")
            let sent = try await host.send(CourantdWalkTests.issue, to: 1, "--at", "+2h")
            try #require(sent.code == 0, "\(sent.err)")
            let watcher = try Program(
                CourantRun.program, ["campaign", "status", "1", "--follow", "--json"], in: host.home)
            try await eventually("the watcher sees it scheduled", within: .seconds(30)) {
                watcher.saidOut.contains("\"state\":\"scheduled\"")
            }
            #expect(try await host.courant("campaign", "pause", "1").code == 0)
            let end = try await watcher.ended()
            #expect(end.code == 1 && end.out.contains("\"state\":\"paused\""))
            #expect(end.err.contains("Paused by hand."), "\(end.err)")
        }
    }

    @Test func `nobody and no token gets into the proxy's log, not even while the service is away`() async throws {
        try await Self.with(.ownHost) { host, nginx in
            for program in host.running { program.signal(SIGKILL) }
            try await eventually("it is away") { host.running.isEmpty }
            #expect(try await nginx.get("/confirm/a-token-of-somebody").status == 502)
            let log = (try? String(contentsOfFile: nginx.log, encoding: .utf8)) ?? ""
            #expect(!log.contains("a-token-of-somebody") && !log.contains("client:"), "\(log)")
        }
    }

    /// An authority that nobody knows is named once, and then kept.
    private func expectLogin(_ host: Host, _ nginx: Nginx) async throws {
        let stranger = try await host.courant("login", nginx.url, "--token-stdin", stdin: host.token)
        #expect(
            stranger.code == 1 && stranger.err.contains("from an authority that is not known here"), "\(stranger.err)")
        let named = try await host.courant(
            "login", nginx.url, "--ca-file", nginx.certificate, "--token-stdin", stdin: host.token)
        #expect(named.code == 0, "\(named.err)")
        #expect(try await host.courant("whoami").code == 0)
        let other = nginx.url.replacing("localhost", with: "127.0.0.1")
        let wrong = try await host.courant(
            "login", other, "--ca-file", nginx.certificate, "--token-stdin", stdin: host.token)
        #expect(wrong.code == 1 && wrong.err.contains("certificate is for another name"), "\(wrong.err)")
        let nowhere = try await host.courant("login", nginx.url, "--ca-file", "/nowhere", "--token-stdin", stdin: "x")
        #expect(nowhere.code == 1 && nowhere.err.contains("/nowhere cannot be read"), "\(nowhere.err)")
    }

    @Test func `what the proxy leaves out is told by the doctor, and once in the log`() async throws {
        try await Self.with(.ownHost, { $0.replacing(/proxy_set_header X-Forwarded[^\n]*\n/, with: "") }) {
            host, nginx in
            let doctor = try await host.courantd("doctor", environment: ["SSL_CERT_FILE": nginx.certificate])
            #expect(doctor.code == 1 && doctor.out.contains("✗ proxy"), "\(doctor.out)")
            #expect(doctor.out.contains("X-Forwarded-For $proxy_add_x_forwarded_for"))
            #expect(!host.log.contains("\"advice\""))
            for _ in 1...3 {
                let agent = HTTPHeader("User-Agent", "Mozilla/5.0")
                _ = try await nginx.http.send(HTTPRequest(.get, nginx.url + "/", headers: [agent]))
            }
            #expect(host.log.components(separatedBy: "\"advice\"").count == 3)
        }
    }
}

/// A proxy on a port of its own, with a certificate that it has signed itself.
final class Nginx: Sendable {
    static let program = ["/usr/sbin/nginx", "/opt/homebrew/bin/nginx", "/usr/local/bin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let url: String
    let certificate: String
    let http: HTTPClient
    private let folder: TemporaryDirectory
    private let port: Int

    init(path: String) async throws {
        folder = try TemporaryDirectory()
        certificate = try folder.makeCertificate()
        let probe = try await SMTPServer.start { _ in }
        port = probe.port
        await probe.stop()
        url = "https://localhost:\(port)\(path)"
        var configuration = HTTPClient.Configuration()
        configuration.certificateAuthorities = certificate
        http = HTTPClient(configuration: configuration)
    }

    /// `server` is its block, as the manual has it.
    func start(_ server: String, before host: Host) async throws -> Program {
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
            "\($0)_temp_path \(folder.path)/\($0);"
        }
        let text = """
            daemon off; master_process off; pid \(folder.path)/pid; error_log \(folder.path)/error.log;
            events {}
            http {
            access_log off; \(places.joined(separator: " "))
            ssl_certificate \(certificate); ssl_certificate_key \(folder.path)/key.pem;
            \(server.replacing("listen 443 ssl;", with: "listen 127.0.0.1:\(port) ssl;")
                .replacing("127.0.0.1:8080", with: "127.0.0.1:\(host.port)")
                .replacing("/var/log/nginx/error.log", with: log))
            }
            """
        try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/nginx.conf"))
        let program = try Program(
            Self.program ?? "nginx", ["-p", folder.path, "-c", "nginx.conf", "-e", "error.log"], in: host.home)
        try await eventually("nginx answers: \(program.saidErr)") {
            guard program.code == nil else { throw TestFailure(program.saidErr) }
            return (try? await http.send(HTTPRequest(.get, url + "/livez")))?.status == 200
        }
        return program
    }

    /// While it serves the manual's block; what it says of its own start goes elsewhere.
    var log: String { "\(folder.path)/requests.log" }

    private var origin: String { "https://localhost:\(port)" }

    func get(_ path: String) async throws -> HTTPResponse { try await http.send(HTTPRequest(.get, origin + path)) }

    /// `client`: for whom another proxy, before this one, asks.
    func post(_ path: String, _ form: String, from client: String? = nil) async throws -> HTTPResponse {
        let headers =
            [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")]
            + (client.map { [HTTPHeader("X-Forwarded-For", $0)] } ?? [])
        return try await http.send(
            HTTPRequest(.post, origin + path, headers: headers, body: Array(form.utf8)))
    }
}
