import CourantTesting
import Foundation
import Mail
import Mailbox
import Outbound
import Synchronization
import Testing

/// One machine with Courant on it, as whoever runs it set it up: a settings file, a data directory, a relay, and the two
/// programs. Its verbs are what people do.
final class Host: Sendable {
    let home: URL
    let mailbox = Mailbox()
    private let relay: SMTPServer
    private let http = HTTPClient()
    private let state = Mutex(State())

    private struct State {
        var settings: [String: String] = [:]
        var programs: [Program] = []
        var port = 0
        var token = ""
    }

    /// The host is gone with the body's end, whatever happened.
    static func with<Value>(_ body: (Host) async throws -> Value) async throws -> Value {
        try await withFolder { home in
            let host = try await Host(home)
            do {
                let value = try await body(host)
                await host.end()
                return value
            } catch {
                Attachment.record(host.log, named: "courantd.log")
                await host.end()
                throw error
            }
        }
    }

    private init(_ home: URL) async throws {
        self.home = home
        let mailbox = mailbox
        relay = try await SMTPServer.start { mailbox.keep($0) }
        set([
            "keys.file": keys.path, "http.port": "0", "http.public-url": "https://news.company.example",
            "store.url": "\"\(try await Engine.usual.url(in: data))\"",
            "templates.directory": URL.repository.appending(path: "templates").path,
            "policy.file": URL.repository.appending(path: "config/policy.md").path,
            "relay.url": "smtp://127.0.0.1:\(relay.port)", "relay.tls": "\"off\"",
            "mail.from": "Company News <news@company.example>", "organisation.name": "Company AS",
            "organisation.address": "Storgata 1, 0155 Oslo", "organisation.contact": "privacy@company.example",
            "captcha.provider": "none", "log.level": "trace",
        ])
    }

    private func end() async {
        for program in state.withLock({ $0.programs }) where program.code == nil { program.signal(SIGKILL) }
        await relay.stop()
    }

    var relayPort: Int { relay.port }
    var data: URL { home.appending(path: "data") }
    var keys: URL { data.appending(path: "courant.keys") }
    var database: URL { data.appending(path: "courant.db") }

    // MARK: Settings

    /// From the next start on; nil takes a key away.
    func set(_ changes: [String: String?]) {
        state.withLock { state in
            for (key, value) in changes { state.settings[key] = value }
        }
    }

    func writeSettings() throws -> String {
        let groups = Dictionary(grouping: state.withLock { $0.settings }) { $0.key.split(separator: ".")[0] }
        let text = groups.map { group, entries in
            "\(group):\n" + entries.map { "  \($0.key.dropFirst(group.count + 1)): \($0.value)\n" }.joined()
        }.joined()
        let file = home.appending(path: "courant.yaml")
        try Data(text.utf8).write(to: file)
        return file.path
    }

    // MARK: Programs

    /// Runs `courantd` to its end.
    func courantd(
        _ arguments: String..., wrapping wrapper: [String] = [], environment: [String: String] = [:]
    ) async throws -> CourantRun {
        try await courantd(arguments, wrapping: wrapper, environment: environment)
    }

    func courantd(
        _ arguments: [String], wrapping wrapper: [String] = [], environment: [String: String] = [:]
    ) async throws -> CourantRun {
        let line = wrapper + [Program.built("courantd")] + arguments + ["--config", try writeSettings()]
        return try await Program(line[0], Array(line.dropFirst()), in: home, environment: environment).ended()
    }

    /// Starts the service, and waits until it serves.
    @discardableResult func serve(wrapping wrapper: [String] = [], environment: [String: String] = [:]) async throws
        -> Program
    {
        let program = try launch(wrapping: wrapper, environment: environment)
        try await eventually("courantd serves: \(program.saidErr)") {
            guard program.code == nil else {
                throw TestFailure("courantd ended with \(program.code ?? 0): \(program.saidErr)")
            }
            return self.findPort(in: program.saidOut)
        }
        return program
    }

    func launch(wrapping wrapper: [String] = [], environment: [String: String] = [:]) throws -> Program {
        let line = wrapper + [Program.built("courantd"), "serve", "--config", try writeSettings()]
        let program = try Program(line[0], Array(line.dropFirst()), in: home, environment: environment)
        state.withLock { $0.programs.append(program) }
        return program
    }

    /// Where the log does not say it.
    func take(port: Int) { state.withLock { $0.port = port } }

    private func findPort(in log: String) -> Bool {
        for line in log.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = try? JSONDecoder().decode([String: String].self, from: Data(line))
            guard fields?["event"] == "serving", let port = fields?["port"].flatMap({ Int($0) }) else { continue }
            state.withLock { $0.port = port }
            return true
        }
        return false
    }

    /// Everything that every program of this host has said.
    var log: String { state.withLock { $0.programs }.map { $0.saidOut + $0.saidErr }.joined() }

    var mailCount: Int { mailbox.entries.count }
    var port: Int { state.withLock { $0.port } }
    var url: String { "http://127.0.0.1:\(port)" }

    func courant(_ arguments: String..., stdin: String = "") async throws -> CourantRun {
        try await ProgramTests.courant(arguments, at: nil, stdin: stdin, in: home)
    }

    var token: String { state.withLock { $0.token } }
    var running: [Program] { state.withLock { $0.programs }.filter { $0.code == nil } }

    /// A login of somebody who may do everything, and a list. `wrapping`: what brings a command to where the
    /// service's files are seen.
    func furnish(wrapping wrapper: [String] = []) async throws {
        let added = try await courantd("staff", "add", "Eva", "--role", "admin", wrapping: wrapper)
        try #require(added.code == 0, "\(added.err)")
        state.withLock { $0.token = added.out }
        let login = try await courant("login", url, "--token-stdin", stdin: added.out)
        try #require(login.code == 0, "\(login.err)")
        let made = try await courant("list", "create", "news", "--title", "Example News")
        try #require(made.code == 0, "\(made.err)")
    }

    /// Serves the same database as another, with a copy of its key file.
    func join(_ other: Host) async throws {
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: other.keys, to: keys)
        let (url, token) = other.state.withLock { ($0.settings["store.url"], $0.token) }
        set(["store.url": url])
        try await serve()
        let login = try await courant("login", self.url, "--token-stdin", stdin: token)
        try #require(login.code == 0, "\(login.err)")
    }

    // MARK: Visitors

    func get(_ path: String) async throws -> HTTPResponse { try await http.send(HTTPRequest(.get, url + path)) }

    func post(_ path: String, _ form: String, type: String = "application/x-www-form-urlencoded") async throws
        -> HTTPResponse
    {
        try await http.send(
            HTTPRequest(.post, url + path, headers: [HTTPHeader("Content-Type", type)], body: Array(form.utf8)))
    }

    func signUp(_ address: String, name: String = "") async throws -> HTTPResponse {
        let fields = [("email", address), ("name", name), ("list", "news")]
        let encoded = fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
        return try await post("/subscribe", encoded.joined(separator: "&"))
    }

    /// Signs up, opens the mail, presses the button, and has the welcome.
    func subscribe(_ address: String, name: String = "") async throws {
        #expect(try await signUp(address, name: name).status == 303)
        let link = try #require(try await mail(to: address, 1).path("/confirm/"))
        #expect(try await post(link, "").status == 200)
        _ = try await mail(to: address, 2)
    }

    /// The mail of that number to an address, once it has come.
    func mail(to address: String, _ number: Int) async throws -> LetterBox {
        var found: [ReceivedMail] = []
        try await eventually("mail \(number) to \(address) comes") {
            found = mailbox.entries.reversed().map(\.mail).filter { $0.recipients.contains(address) }
            return found.count >= number
        }
        return LetterBox(found[number - 1])
    }
}

/// A mail as its reader has it.
struct LetterBox {
    let reader: MIMEReader
    let content: [UInt8]

    init(_ mail: ReceivedMail) {
        reader = MIMEReader(mail.content)
        content = mail.content
    }

    var text: String { reader.part("text/plain")?.text ?? "" }

    /// The path of the first link below `start`.
    func path(_ start: String) -> String? {
        guard let range = text.range(of: start) else { return nil }
        return start
            + text[range.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
    }

    /// What a mail program posts to when its own unsubscribe button is pressed (RFC 8058).
    var oneClick: String? {
        reader["list-unsubscribe"].flatMap { URL(string: $0.trimmingCharacters(in: ["<", ">", " "]))?.path }
    }
}
