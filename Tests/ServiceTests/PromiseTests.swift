import CourantTesting
import Foundation
import GRDB
import Newsletter
import Rendering
import SQLStore
import Testing

@testable import Wiring

/// The policy's sentences, each broken in turn on an installation that kept them all.
@Suite(.serialized) struct PromiseTests {
    /// An installation as it lies on the disk, with a list, a subscriber and a login.
    struct Place {
        var settings: Settings
        /// Its files go with it.
        private let app: TestApp

        init() async throws {
            app = try await TestApp.start()
            settings = app.courant.settings
            settings.captcha.provider = .proofOfWork
            settings.organisation.authority = "Datatilsynet, www.datatilsynet.no"
            let templates = app.directory.appending(path: "templates")
            try FileManager.default.copyItem(at: .repository.appending(path: "templates"), to: templates)
            settings.templates = templates.path
            try await app.subscribe("zoe@example.org", name: "Zoe")
            _ = try await app.courant.staff.add("Eva", role: .admin)
            try app.courant.store.close()
        }

        func findings() async throws -> [PromiseFinding] {
            var external = ExternalServices(settings)
            external.clock = app.clock.wall
            return try await Courant.inspectPromises(settings, external: external)
        }

        func broken() async throws -> Set<String> {
            Set(try await findings().filter(\.evidence.isBroken).map(\.promise.id))
        }

        func write(_ book: String) throws -> String {
            let url = app.directory.appending(path: "own-promises.yaml")
            try Data(book.utf8).write(to: url)
            return url.path
        }

        func sql(_ statement: String) throws {
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false
            try DatabaseQueue(path: #require(settings.databaseFile), configuration: configuration).write {
                try $0.execute(sql: statement)
            }
        }

        func edit(_ file: String, _ old: String, _ new: String) throws {
            let url = URL(filePath: settings.templates).appending(path: file)
            let text = try String(contentsOf: url, encoding: .utf8)
            guard text.contains(old) else { throw TestFailure("\(file) does not hold \(old)") }
            try Data(text.replacing(old, with: new).utf8).write(to: url)
        }
    }

    /// A way to break the company's word, and which of its sentences are then untrue.
    struct Breach: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let broken: Set<String>
        let commit: @Sendable (inout Place) throws -> Void
    }

    static func breach(
        _ name: String, _ broken: Set<String>, _ commit: @escaping @Sendable (inout Place) throws -> Void
    ) -> Breach {
        Breach(testDescription: name, broken: broken, commit: commit)
    }

    static let breaches = [
        breach("an IP address is kept", ["N1", "S6"]) { try $0.sql("ALTER TABLE subscription ADD COLUMN ip TEXT") },
        breach("unsubscribing only seems to delete", ["N2", "N11", "S8", "S9", "S17"]) {
            try $0.sql(
                "CREATE TRIGGER keep BEFORE DELETE ON subscription WHEN old.source = 'promises' BEGIN SELECT RAISE(IGNORE); END"
            )
        },
        breach("the unsubscribe page asks for the address", ["N3"]) {
            try $0.edit(
                "pages/unsubscribe.mustache", "<button class=\"button button-great\"",
                "<input type=\"email\"><button class=\"button\"")
        },
        breach(
            "links to one's data do not work", ["N8", "N9", "N10", "N11", "S8", "S16", "S16-transfer"]
        ) {
            try $0.sql(
                "CREATE TRIGGER lose AFTER INSERT ON token BEGIN DELETE FROM token WHERE hash = new.hash; END")
        },
        breach("a link to one's data works for ever", ["S10"]) {
            try $0.sql(
                "CREATE TRIGGER stay AFTER INSERT ON token BEGIN UPDATE token SET expires_at = 9999999999999; END")
        },
        breach("corrections are not stored", ["N10"]) {
            try $0.sql("CREATE TRIGGER fix BEFORE UPDATE OF person ON subscription BEGIN SELECT RAISE(IGNORE); END")
        },
        breach("restrictions are not stored", ["S16"]) {
            try $0.sql(
                "CREATE TRIGGER on_ BEFORE UPDATE OF state ON subscription WHEN new.state = 'restricted' BEGIN SELECT RAISE(IGNORE); END"
            )
        },
        breach("who objects may be imported again", ["S8"]) {
            try $0.sql("CREATE TRIGGER no BEFORE INSERT ON fingerprint BEGIN SELECT RAISE(IGNORE); END")
        },
        breach("retention is off", ["N12", "S1", "S2"]) {
            try $0.sql("UPDATE list SET keep_subscriber_days = 365; UPDATE subscription SET last_activity = 0")
        },
        breach("partners are kept without a term", ["S1"]) {
            try $0.sql("UPDATE list SET keep_partner_days = NULL; UPDATE subscription SET class = 'partner'")
        },
        breach("classes do not change", ["S3"]) {
            try $0.sql("CREATE TRIGGER same BEFORE UPDATE OF class ON subscription BEGIN SELECT RAISE(IGNORE); END")
        },
        breach("a request is not answered in time", ["S11"]) {
            try $0.sql("INSERT INTO rights_request (kind, received_at, due_at) VALUES ('access', 1, 2)")
        },
        breach("an entry of the audit is edited", ["S23"]) {
            try $0.sql("UPDATE audit SET actor = 'nobody' WHERE number = 1")
        },
        breach("there is no captcha", ["N6", "N7"]) { $0.settings.captcha.provider = .none },
        breach("the authority is not named", ["N13", "S18"]) { $0.settings.organisation.authority = "" },
        breach("nobody reads the contact address", ["N14", "S27"]) {
            $0.settings.organisation.contact = "noreply@example.org"
        },
        breach("the form does not ask for an address", ["N15"]) {
            try $0.edit("pages/subscribe.mustache", "name=\"email\"", "name=\"mail\"")
        },
        breach("the company has no address", ["N16"]) { $0.settings.organisation.address = "" },
        breach("somebody is on the list who never confirmed", ["S4"]) {
            try $0.sql("UPDATE subscription SET confirmed_at = NULL")
        },
        breach("nobody knows where an address came from", ["S5"]) { try $0.sql("UPDATE subscription SET source = ''") },
        breach("newsletters load a pixel", ["S7"]) {
            try $0.edit(
                "mail/layout.mustache", "{{{content}}}",
                "{{{content}}}<img src=\"https://count.example/p.gif\" alt=\"\">")
        },
        breach("a link outlives its person", ["S13"]) {
            try $0.sql(
                "INSERT INTO token (hash, subscription_id, purpose, expires_at) VALUES (randomblob(32), randomblob(16), 'confirm', 9999999999999)"
            )
        },
        breach("an event outlives its person", ["S13", "S14-hooks"]) {
            try $0.sql(
                """
                INSERT INTO event (kind, subscription_id, list_id, occurred_at, due_at)
                SELECT 'confirmed', randomblob(16), id, 1, 1 FROM list LIMIT 1
                """)
        },
        breach("who is told of people is not named to them", ["S14-hooks"]) {
            let signing = try #require(StandardWebhook(key: TestApp.hookSecret))
            $0.settings.eventReceiver = EventReceiverSettings(
                url: "https://crm.example.org/courant", name: "Example CRM", signing: signing)
            for code in Language.shipped {
                try $0.edit("locales/\(code).yaml", "{{receiver}}", "somebody")
            }
        },
        breach("others may read the database", ["S19"]) {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: #require($0.settings.databaseFile))
        },
        breach("another version runs than is installed", ["S20"]) {
            try $0.edit("assets/openapi.yaml", "version: \(Courant.version)", "version: 0.0.1")
        },
        breach("a team shares a login, by a hand in the database", ["S21", "S23"]) {
            try $0.sql("UPDATE staff SET name = 'Marketing'")
        },
        breach("a login never ends", ["S21"]) { try $0.sql("UPDATE staff SET expires_at = expires_at + 40000000000") },
        breach("everybody may do everything, by a hand in the database", ["S22", "S23"]) {
            for name in ["Ada", "Bo", "Cai"] {
                try $0.sql(
                    "INSERT INTO staff (name, role, token_id, token_hash, created_at, expires_at) SELECT '\(name)', role, '\(name)', token_hash, created_at, expires_at FROM staff WHERE name = 'Eva'"
                )
            }
        },
        breach("the policy has no date", ["S25"]) {
            try $0.edit("pages/policy.mustache", "{{effective}}", "")
        },
        breach("the sign-up page loads a script from elsewhere", ["S26"]) {
            try $0.edit("pages/layout.mustache", "</head>", "<script src=\"https://cdn.example/x.js\"></script></head>")
        },
    ]

    @Test func `an installation as it comes keeps every promise`() async throws {
        #expect(try await Place().broken() == [])
    }

    @Test(.ofTheFile, arguments: breaches) func `what is broken is named, and nothing else`(_ breach: Breach)
        async throws
    {
        var place = try await Place()
        try breach.commit(&place)
        let broken = try await place.broken()
        #expect(broken == breach.broken)
    }

    @Test func `templates that put a link behind the unsubscribe link are not even taken`() async throws {
        let place = try await Place()
        try place.edit("mail/layout.mustache", "{{{footer}}}", "{{{footer}}}<a href=\"https://shop.example/\">Shop</a>")
        await #expect(throws: StartFailure.self) { try await place.broken() }
    }

    @Test func `no service starts while a required promise is broken`() async throws {
        var place = try await Place()
        place.settings.captcha.provider = .none
        let courant = try Courant(place.settings, logger: place.settings.logger())
        let failure = await #expect(throws: StartFailure.self) { try await courant.serve() }
        let words = failure.map { "\($0)" } ?? ""
        #expect(words.contains("N6: “Our sign-up form is protected by a captcha.”"))
    }

    // MARK: Campaigns

    /// From now on nobody answers at its doors, so that a promise cannot be shown to be kept.
    private func breakPromises(of app: TestApp) {
        app.courant.promises.watch(
            [Promise(id: "S26", sentence: "We set no cookies.", check: "no-cookies", isRequired: true)],
            Inspection(courant: app.courant, webServices: "http://127.0.0.1:9", isServed: true))
    }

    @Test func `no campaign goes out while a required promise is broken`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("zoe@example.org")
        breakPromises(of: app)
        await #expect {
            try await app.launch()
        } throws: { error in
            guard case Refusal.promisesBroken(let findings)? = error as? Refusal else { return false }
            return findings.map(\.promise.id) == ["S26"]
        }
        #expect(app.relay.mails(to: "zoe@example.org").count == 2)
    }

    @Test func `a scheduled campaign waits for a person when its time comes and a promise is broken`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("zoe@example.org")
        let id = try await app.launch(at: app.clock.wall.now() + .seconds(60)).campaign.id
        breakPromises(of: app)
        app.clock.advance(.seconds(61))
        try await app.deliverAllMail()
        let campaign = try await app.courant.campaigns.show(id).campaign
        #expect(campaign.state == .paused && campaign.reason?.contains("S26") == true)
        #expect(app.relay.mails(to: "zoe@example.org").count == 2)
    }
}
