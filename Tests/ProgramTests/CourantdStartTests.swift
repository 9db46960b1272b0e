import CourantTesting
import Foundation
import NIOCore
import NIOPosix
import Outbound
import Rendering
import SQLStore
import Synchronization
import Testing

/// What keeps it from starting: an exit code that says whether a new start may help (1) or not (78), and a sentence that
/// says what to do.
@Suite(.timeLimit(.minutes(20))) struct CourantdStartTests {
    private func expectRefusal(
        _ host: Host, _ words: String..., code: Int32 = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await host.courantd("serve")
        #expect(end.code == code, sourceLocation: sourceLocation)
        for word in words {
            #expect(end.err.contains(word), "\(word) is not in: \(end.err)", sourceLocation: sourceLocation)
        }
        #expect(!end.err.contains("Swift") && !end.err.contains("Error"), "\(end.err)", sourceLocation: sourceLocation)
    }

    private func withUsedHost(_ body: (Host) async throws -> Void) async throws {
        try await Host.with { host in
            let service = try await host.serve()
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
            try await body(host)
        }
    }

    @Test func `a port that is in use`() async throws {
        let other = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(
            host: "127.0.0.1", port: 0
        ).get()
        let port = other.localAddress?.port ?? 0
        try await Host.with { host in
            host.set(["http.port": "\(port)"])
            try await expectRefusal(host, "Port \(port) on 127.0.0.1 is in use", "set http.port")
            host.set(["http.port": "0", "metrics.port": "\(port)", "metrics.host": "127.0.0.1"])
            try await expectRefusal(host, "\(port) on 127.0.0.1, for metrics.port")
        }
        try await other.close()
    }

    @Test func `a host that is not this machine's`() async throws {
        try await Host.with { host in
            host.set(["http.host": "192.0.2.1"])
            try await expectRefusal(host, "192.0.2.1", "http.host")
        }
    }

    @Test(.ofTheFile) func `a data directory that is none`() async throws {
        try await Host.with { host in
            try Data().write(to: host.data)
            try await expectRefusal(host, "\(host.keys.path) cannot be written", "check that its directory is one")
            host.set(["keys.file": host.home.appending(path: "other.keys").path])
            try await expectRefusal(host, "The store cannot be used", "check")
        }
    }

    @Test(.ofTheFile) func `a database that is none`() async throws {
        try await withUsedHost { host in
            try Data(String(repeating: "no database ", count: 1000).utf8).write(to: host.database)
            try await expectRefusal(host, "damaged", "restore a backup")
        }
    }

    @Test func `a key file that is missing, while there is a database`() async throws {
        try await withUsedHost { host in
            try FileManager.default.removeItem(at: host.keys)
            try await expectRefusal(
                host, "\(host.keys.path) is missing", "Put the key file back", "keys.file", code: 78)
            #expect(!FileManager.default.fileExists(atPath: host.keys.path))
        }
    }

    @Test func `a key file of another database`() async throws {
        try await withUsedHost { host in
            try await withUsedHost { other in
                try FileManager.default.removeItem(at: host.keys)
                try FileManager.default.copyItem(at: other.keys, to: host.keys)
            }
            try await expectRefusal(host, "is not this database's", "put the right one back")
        }
    }

    @Test func `a key file that others can read`() async throws {
        try await withUsedHost { host in
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: host.keys.path)
            try await expectRefusal(host, "can be read by others: chmod 600 \(host.keys.path)", code: 78)
        }
    }

    @Test(arguments: [0, 1, 60, 200]) func `a key file that is cut off`(_ length: Int) async throws {
        try await withUsedHost { host in
            let whole = try Data(contentsOf: host.keys)
            let file = try FileHandle(forWritingTo: host.keys)
            try file.truncate(atOffset: UInt64(length))
            try await expectRefusal(host, "is not a key file, or is damaged", "put its copy back", code: 78)
            try file.seek(toOffset: 0)
            try file.write(contentsOf: whole)
            try await host.serve()
        }
    }

    @Test(.ofTheFile) func `a second service on the same database`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await expectRefusal(host, "Another courantd serves \(host.database.path)", "stop it first")
            #expect(try await host.get("/readyz").status == 200)
        }
    }

    @Test(.ofTheFile) func `while a command of the host's has the file to itself it is waited for`() async throws {
        try await Host.with { host in
            try await host.serve().signal(SIGTERM)
            let lock = try await eventuallyLocked(host)
            let service = try host.launch()
            try await eventually("it waits") { service.saidOut.contains("it is waited for") }
            #expect(service.code == nil && service.saidOut.contains("is over soon"), "\(service.saidErr)")
            lock.release()
            try await eventually("it serves", within: .seconds(90)) { service.saidOut.contains(#""event":"serving""#) }
        }
    }

    private func eventuallyLocked(_ host: Host) async throws -> FileLock {
        let held = Mutex<FileLock?>(nil)
        try await eventually("the service has let the file go", within: .seconds(90)) {
            held.withLock { held in
                held = try? FileLock(path: host.database.path + ".lock", for: .command)
                return held != nil
            }
        }
        return try #require(held.withLock { $0 })
    }

    @Test(.ofTheFile) func `a database of a later version`() async throws {
        try await withUsedHost { host in
            let change =
                "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(\"INSERT INTO migration VALUES ('telepathy')\"); c.commit()"
            let python = try Program("/usr/bin/python3", ["-c", change, host.database.path], in: host.home)
            #expect(try await python.ended().code == 0)
            try await expectRefusal(
                host, "later version of Courant (\"telepathy\")", "install that version or a newer one")
        }
    }

    @Test func `templates that are missing, or broken, all at once`() async throws {
        try await Host.with { host in
            let templates = host.home.appending(path: "templates")
            host.set(["templates.directory": templates.path])
            try await expectRefusal(
                host, "The templates in \(templates.path) cannot be used", "locales: holds no language", code: 78)
            try FileManager.default.copyItem(at: .repository.appending(path: "templates"), to: templates)
            try Data("{{#status}}".utf8).write(to: templates.appending(path: "pages/error.mustache"))
            try FileManager.default.removeItem(at: templates.appending(path: "mail/confirm.md"))
            try await expectRefusal(
                host, "pages/error.mustache:1: {{#status}} is never closed: add {{/status}}",
                "mail/confirm.md: is missing", code: 78)
        }
    }

    @Test func `words that the service asks for and a language lacks`() async throws {
        try await Host.with { host in
            let templates = host.home.appending(path: "templates")
            host.set(["templates.directory": templates.path])
            try FileManager.default.copyItem(at: .repository.appending(path: "templates"), to: templates)
            for language in Language.shipped {
                let file = templates.appending(path: "locales/\(language).yaml")
                let text = try String(contentsOf: file, encoding: .utf8).replacing("consent:", with: "consents:")
                try Data(text.utf8).write(to: file)
            }
            try await expectRefusal(host, "consent.text is missing; the service needs it", code: 78)
        }
    }

    @Test func `a policy that is missing, or undated`() async throws {
        try await Host.with { host in
            let policy = host.home.appending(path: "policy.md")
            host.set(["policy.file": policy.path])
            try await expectRefusal(host, "The policy \(policy.path) cannot be read", "policy.file", code: 78)
            try Data("# We keep nothing".utf8).write(to: policy)
            try await expectRefusal(host, "The policy \(policy.path)", code: 78)
        }
    }

    @Test func `wrong settings are all listed at once`() async throws {
        try await Host.with { host in
            host.set([
                "http.public-url": "http://news.example.org", "http.port": "eighty",
                "relay.url": "smtp://relay.example.org",
                "organisation.contact": "nobody", "captcha.provider": nil, "log.levle": "info",
                "organisation.name": nil,
            ])
            let end = try await host.courantd(
                "serve", environment: ["COURANT_RELAY_RATE": "fast", "COURANT_HTTP_PROT": "1"])
            #expect(end.code == 78)
            for word in [
                "9 settings are wrong", "http.public-url (COURANT_HTTP_PUBLIC_URL)", "\"eighty\" is not a whole number",
                "relay.tls (COURANT_RELAY_TLS): off is for a relay on this host alone",
                "\"nobody\" is not a mail address",
                "captcha.provider (COURANT_CAPTCHA_PROVIDER): is missing", "none, in so many words",
                "did you mean log.level?", "organisation.name (COURANT_ORGANISATION_NAME): is missing",
                "\"fast\" is not a number of messages a second", "did you mean COURANT_HTTP_PORT?",
            ] { #expect(end.err.contains(word), "\(word) is not in: \(end.err)") }
            let check = try await host.courantd("config", "check", environment: ["COURANT_RELAY_RATE": "fast"])
            #expect(check.code == 1 && check.out == "")
        }
    }

    @Test func `a settings file that is missing, or is no YAML`() async throws {
        try await withFolder { home in
            for (name, text, says) in [
                ("none.yaml", nil, "none.yaml is not there"),
                ("broken.yaml", "captcha: {secret: hush\n", "broken.yaml, line 2: "),
                ("list.yaml", "- http\n", "list.yaml holds no settings"),
                (
                    "twice.yaml", "captcha: {secret: hush}\ncaptcha: {}\n",
                    "twice.yaml, line 2: captcha stands there twice"
                ),
            ] {
                if let text { try Data(text.utf8).write(to: home.appending(path: name)) }
                let end = try await Program(Program.built("courantd"), ["serve", "--config", name], in: home).ended()
                #expect(end.code == 78 && end.err.contains(says) && !end.err.contains("hush"), "\(end.err)")
            }
            let bare = try await Program(Program.built("courantd"), ["config", "check"], in: home).ended()
            #expect(bare.code == 1 && bare.err.contains("there is no config/courant.yaml"))
        }
    }

    @Test func `settings are printed without secrets`() async throws {
        try await Host.with { host in
            host.set(["captcha.provider": "recaptcha", "captcha.site-key": "public-key", "captcha.secret": "hush-hush"])
            let printed = try await host.courantd("config", "print", environment: ["COURANT_HTTP_PORT": "81"])
            #expect(
                printed.code == 0 && printed.out.contains("captcha.secret: [redacted]\n")
                    && printed.out.contains("http.port: 81\n"))
            let url =
                "postgresql://courant:hush@db.example.org/news?sslrootcert=/etc/ca.pem&sslpassword=hush&sslmode=verify-full"
            let store = try await host.courantd("config", "print", environment: ["COURANT_STORE_URL": url])
            let shown = "postgresql://courant@db.example.org/news?sslmode=verify-full&sslrootcert=/etc/ca.pem\n"
            #expect(store.out.contains("store.url: " + shown) && !store.out.contains("hush"), "\(store.out)")
            #expect(!printed.out.contains("hush") && printed.out.contains("captcha.site-key: public-key"))
        }
    }

    @Test func `staff that cannot be added`() async throws {
        try await Host.with { host in
            try await host.serve()
            #expect(try await host.courantd("staff", "add", "Eva", "--role", "sender").code == 0)
            let again = try await host.courantd("staff", "add", "Eva", "--role", "sender")
            #expect(again.code == 1 && again.out == "" && again.err.contains("There is a staff member \"Eva\" already"))
            #expect(try await host.courantd("staff", "add", "Eva2", "--role", "king").code == 64)
            #expect(try await host.courantd("staff", "add", "a\nb", "--role", "sender").code == 64)
            #expect(
                try await host.courantd("staff", "add", String(repeating: "x", count: 65), "--role", "sender").code
                    == 64)
        }
    }
}
