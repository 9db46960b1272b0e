import CourantTesting
import Foundation
import Mailbox
import Outbound
import Testing

/// Each manual, typed word for word in its own order: what it says is what works.
@Suite(.timeLimit(.minutes(20))) struct ManualWalkTests {
    @Test func `the README's command runs a demo that sends what it says to paste`() async throws {
        try await withFolder { home in
            let reader = try ManualReader(home)
            reader.folder = .repository
            reader.environment["TMPDIR"] = home.path
            // A machine on which other tests run has no certain port.
            reader.replacements = [("./scripts/demo", "./scripts/demo --port 0")]
            try await reader.read(try Manual("README.md").blocks)
            let demo = try await ManualDemo(of: reader)
            try await demo.subscribe("ann@example.org", name: "Ann")
            let paste = demo.banner.matches(of: /(?m)^ +(export COURANT_URL.*|.*courant send .*)$/).map(\.1)
            #expect(paste.count == 2)
            let sent = try await reader.run(paste.joined(separator: "\n"))
            #expect(sent.code == 0 && sent.screen.contains("Sent to 1 recipient"), "\(sent.screen)")
            #expect(try await demo.page("/mailbox").contains("Sensors in spring"))
            try await reader.stop()
        }
    }

    @Test func `the marketer's manual works on the demo, line by line`() async throws {
        try await ManualDemo.with { demo in
            try await demo.subscribe("ann@example.org", name: "Ann")
            try await demo.subscribe("bo@example.org", name: "Bo")
            try await demo.reader.read(try Manual("docs/marketer.md").blocks)
            #expect(try await demo.page("/mailbox").contains("Sensors in spring"))
        }
    }

    @Test func `the privacy officer's manual works on the demo, line by line`() async throws {
        try await ManualDemo.with { demo in
            try await demo.subscribe("ann@example.org", name: "Ann")
            let welcome = try await demo.subscribe("bo@example.org", name: "Bo")
            let receipt = try #require(welcome.firstMatch(of: /Courant consent receipt[^<]+?Signature: \S+/)?.0)
            let login = try await demo.reader.run("courant login \(demo.url)")
            #expect(login.code == 0, "\(login.screen)")
            try await demo.reader.read(try Manual("docs/privacy-officer.md").blocks) { block in
                guard block.text.contains("receipt.txt") else { return }
                try Data(receipt.utf8).write(to: demo.reader.folder.appending(path: "receipt.txt"))
            }
        }
    }

    @Test func `the website's manual has a form and JSON that sign somebody up`() async throws {
        try await ManualDemo.with { demo in
            let manual = try Manual("docs/website.md")
            let form = try manual.block(with: "<form data-courant").text
            #expect(form.contains("action=\"https://news.example.org/subscribe\"") && form.contains("name=\"email\""))
            #expect(try await demo.page("/embed.js").contains("data-courant"))
            let asked = try await demo.post("/subscribe", json: try manual.block(with: "{\"email\"").text)
            let request = try #require(asked.text.firstMatch(of: /"request":"([\w-]+)"/)).1
            #expect(asked.status == 202 && asked.text.contains("\"status\":\"confirmation-requested\""))
            let code = try #require(try await demo.mail(1).firstMatch(of: /\s([A-Z0-9]{4}-[A-Z0-9]{4})\s/)).1
            let confirmed = try await demo.post("/confirm", json: "{\"request\":\"\(request)\",\"code\":\"\(code)\"}")
            #expect(confirmed.status == 200 && confirmed.text == "{\"status\":\"confirmed\"}\n")
        }
    }

    @Test(.ofTheFile) func `the operator's manual works in an empty directory, with what comes with Courant`()
        async throws
    {
        let (mailbox, captcha) = (Mailbox(), try await CaptchaStub.lenient())
        let relay = try await SMTPServer.start { mailbox.keep($0) }
        try await withFolder { home in
            let reader = try ManualReader(home)
            let backups = home.appending(path: "backup")
            try FileManager.default.createDirectory(at: backups, withIntermediateDirectories: true)
            reader.replacements = [("/backup", backups.path)]
            try reader.edit(port: Socket.freePort(), relay: relay.port, captcha: captcha.verifyURL)
            let blocks = try Manual("docs/operator.md").blocks
            let start = try #require(blocks.firstIndex { $0.text.contains("courantd config check") })
            try await reader.install(blocks[start])
            try await reader.use(mailbox)
            try await reader.read(blocks[(start + 1)...]) { block in
                if block.text.contains("courantd restore") { try await reader.stop() }
                if block.text.contains("keys rotate") { try await reader.serveAgain() }
            }
            try await reader.expectTheSameFromElsewhere()
            try await reader.stop()
        }
        await relay.stop()
    }
}

extension CaptchaStub {
    /// Of a company's site; the answer `solved` is one.
    fileprivate static func lenient() async throws -> CaptchaStub {
        try await CaptchaStub { response in
            let now = Date.now.formatted(.iso8601)
            return (
                200,
                #"{"success":\#(response == "solved"),"hostname":"news.company.example","challenge_ts":"\#(now)"}"#
            )
        }
    }
}

/// In production.
extension ManualReader {
    /// An editor that writes a company's own values into a settings file.
    fileprivate func edit(port: Int, relay: Int, captcha: String) throws {
        let edits = [
            ("https://news.example.org", "https://news.company.example"), ("port: 8080", "port: \(port)"),
            ("smtp://relay.example.org:587", "smtp://127.0.0.1:\(relay)"), ("tls: required", "tls: \"off\""),
            ("@example.org", "@company.example"), ("name: Example AS", "name: Company AS"),
            ("Storgata 1, 0155 Oslo, Norway", "Lillegata 2, 0155 Oslo, Norway"), ("YOUR-SITE-KEY", "key"),
            ("YOUR-SECRET", "hush"), ("  # verify-url: .*", "  verify-url: \(captcha)"),
        ]
        let script = edits.map { "s|\($0.0)|\($0.1)|" }.joined(separator: "\n")
        try Data(script.utf8).write(to: home.appending(path: "edits"))
        try self.script("editor", "sed -i -f \"$HOME/edits\" \"$1\"")
    }

    /// Line by line; the last one goes on running.
    fileprivate func install(_ block: Manual.Block) async throws {
        let lines = block.text.split(separator: "\n").map(String.init)
        for line in lines.dropLast() {
            if line.hasPrefix("editor ") { try await expectRefusal() }
            let run = try await run(line)
            #expect(run.code == 0, "\(line): \(run.screen)")
            if let found = run.screen.firstMatch(of: /courant\.\w+\.[\w-]+\.[\w-]+/) { token = String(found.0) }
            if line.contains("config check") { #expect(run.screen.hasPrefix("The settings are in order.\r\n")) }
        }
        #expect(token != "" && lines.last == "courantd serve")
        try await serveAgain()
    }

    fileprivate func serveAgain() async throws {
        try start("courantd serve")
        let service = try #require(service)
        try await eventually("it serves, with nothing but its own settings and promises") {
            guard service.code == nil else { throw TestFailure(service.saidErr + service.saidOut) }
            return self.port != nil
        }
    }

    private var port: Int? {
        service?.saidOut.firstMatch(of: /"event":"serving".*"port":"([0-9]+)"/).flatMap { Int($0.1) }
    }

    /// As it comes it is refused, each value by name.
    private func expectRefusal() async throws {
        for (line, code) in [("courantd config check", Int32(1)), ("courantd serve", 78)] {
            let run = try await run(line)
            #expect(run.code == code && run.screen.contains("9 settings are still the example's"), "\(run.screen)")
            for key in ["http.public-url", "relay.url", "mail.from", "organisation.name", "captcha.secret"] {
                #expect(run.screen.contains("- \(key) ("), "\(key) is not in: \(run.screen)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "var").path))
    }

    /// Staff sign in and make a list, and then somebody signs up.
    fileprivate func use(_ mailbox: Mailbox) async throws {
        let (http, url) = (HTTPClient(), "http://127.0.0.1:\(try #require(port))")
        let empty = try await http.send(HTTPRequest(.get, url + "/"))
        #expect(empty.status == 200 && empty.text.contains("There is no newsletter") && !empty.text.contains("<form"))
        let made = try await run("courant login \(url)\ncourant list create news --title \"Example News\"")
        #expect(made.code == 0, "\(made.screen)")
        let form = [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")]
        let wrong = try await http.send(
            HTTPRequest(.post, url + "/subscribe", headers: form, body: Array("email=ann%40example.org".utf8)))
        #expect(wrong.status == 422 && wrong.text.contains("<form"))
        let right = try await http.send(
            HTTPRequest(
                .post, url + "/subscribe", headers: form,
                body: Array("email=ann%40example.org&g-recaptcha-response=solved".utf8)))
        #expect(right.status == 303)
        try await eventually("the confirm mail comes") { !mailbox.entries.isEmpty }
    }

    /// Paths begin at the settings file, wherever a command is run.
    fileprivate func expectTheSameFromElsewhere() async throws {
        let settings = folder.appending(path: "config/courant.yaml").path
        folder = URL(filePath: "/")
        let check = try await run("courantd config check --config \(settings)")
        #expect(check.code == 0, "\(check.screen)")
        let staff = try await run("courantd staff ls --config \(settings)")
        #expect(staff.code == 0 && staff.screen.hasPrefix("Eva\tadmin"), "\(staff.screen)")
        let promises = try await run("courantd promises --config \(settings)")
        #expect(promises.code == 0, "\(promises.screen)")
    }
}
