import Captcha
package import DNS
import Foundation
import Logging
import Mail
import Newsletter
import Outbound
import Rendering
import SQLStore

/// Looks at everything that a running Courant rests on, and says of each finding what to do. It changes nothing and sends
/// nothing.
package struct Doctor: Sendable {
    package struct Finding: Sendable {
        package enum Verdict: String, Sendable {
            case well, wrong
            /// It works, and could be better.
            case advice
            /// It could not be looked at: nobody answered.
            case unknown
        }

        package let subject: String
        package let verdict: Verdict
        package let words: String
        /// To be entered at whoever serves DNS.
        package let record: RecordToPaste?

        init(_ subject: String, _ verdict: Verdict, _ words: String, record: RecordToPaste? = nil) {
            self.record = record
            self.subject = subject
            self.verdict = verdict
            self.words = words
        }
    }

    let settings: Settings
    let resolver: any Resolver
    private let progress: @Sendable (String) -> Void

    /// `progress` hears what is waited for, where that takes long.
    package init(
        _ settings: Settings, resolver: any Resolver = SystemResolver(),
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.resolver = resolver
        self.settings = settings
        self.progress = progress
    }

    package func examine() async -> [Finding] {
        async let dns = lookAtDNS(settings)
        let here = [
            templates, policy, keys, secrets, await store, await whole, await audit, await logins, await requests,
            await clock, await sweeps, await held, await waiting, await events,
            disk, place, copies,
        ].compactMap(\.self)
        let outside = [await mailbox, await captcha, await lookAtProxy(settings)].compactMap(\.self)
        return here + (await relays) + outside + (await dns)
    }

    private var templates: Finding {
        look("templates") { () throws(StartFailure) in
            let templates = try Courant.templates(settings)
            return "\(settings.templates), in \(templates.languages.map(\.code).joined(separator: ", "))"
        }
    }

    private var policy: Finding {
        look("policy") { () throws(StartFailure) in
            let policy = try Courant.policy(settings)
            return "version \(policy.version), in force since \(policy.effective)"
        }
    }

    private var keys: Finding {
        look("keys") { () throws(StartFailure) in
            if FileManager.default.fileExists(atPath: settings.keysFile) {
                _ = try KeyFile.existing(settings.keysFile)
                return KeyFile.standing(settings.keysFile)
            }
            guard try !settings.hasDatabase() else {
                throw .keysMissing(settings.keysFile, database: "\(settings.store)")
            }
            return "\(settings.keysFile) will be made at the first start"
        }
    }

    private var secrets: Finding {
        let open = settings.remarks.compactMap { if case .warning(let words) = $0 { words } else { nil } }
        return open.isEmpty
            ? well("secrets", "no file with a password or secret can be read by others")
            : wrong("secrets", open.joined(separator: "; "))
    }

    private var store: Finding {
        get async {
            do {
                guard try settings.hasDatabase() else {
                    let what = settings.databaseFile ?? "What Courant keeps in \(settings.store)"
                    return well("store", "\(what) will be made at the first start")
                }
                let (store, _) = try Courant.beside(settings)
                defer { try? store.close() }
                let (lists, waiting, since) = try await store.read { tx in
                    (try tx.lists().count, try tx.outboxCount(), try tx.outboxWaitingSince())
                }
                try await store.write { try $0.touch() }
                return well(
                    "store",
                    "\(settings.store) can be read and written; \(lists) lists, \(waiting) mails waiting\(waited(since))"
                )
            } catch let error as StoreFailure {
                return wrong("store", "The store cannot be used: \(error.advice).")
            } catch {
                return wrong("store", "\(error)")
            }
        }
    }

    private func waited(_ since: Date?) -> String {
        guard let since, Date().timeIntervalSince(since) > 60 else { return "" }
        return ", the oldest for \(Duration.seconds(Date().timeIntervalSince(since)).inWords)"
    }

    /// All of it is read: on SQLite some seconds for a million people.
    private var whole: Finding {
        get async {
            await beside("integrity") { store, _ in
                try await store.isWhole()
                    ? well(
                        "integrity",
                        settings.databaseFile == nil
                            ? "the tables are there; whether each row and index entry is, its server says: pg_amcheck"
                            : "every page, row and index entry is where it belongs")
                    : wrong("integrity", "The database is damaged: stop the service and restore a backup.")
            }
        }
    }

    /// Under data-protection law they are answered within a month.
    private var requests: Finding {
        get async {
            await beside("requests") { store, _ in
                let (open, overdue) = try await store.read { tx in
                    (
                        try tx.rightsRequests(openOnly: true, limit: 1000).count,
                        try tx.countOverdueRequests(at: Date())
                    )
                }
                return overdue == 0
                    ? well("requests", "\(open) open on the register of privacy requests, none overdue")
                    : wrong("requests", "\(overdue) privacy requests are overdue: answer them today (GDPR Art. 12(3))")
            }
        }
    }

    /// Nobody is erased while the brake is on: somebody has to decide.
    private var held: Finding {
        get async {
            await beside("held") { store, _ in
                let found = try await store.read { [settings] tx in
                    try tx.heldStanding(of: nil, hold: settings.bouncesHold)
                }
                let words = found.words(at: Date()) ?? "nobody is said not to exist"
                return found.brake.isOn ? wrong("held", words) : well("held", words)
            }
        }
    }

    /// Transactional mail that is refused for our sake: it is tried again, and somebody has to mend the cause.
    private var waiting: Finding {
        get async {
            await beside("mails") { store, _ in
                let refused = try await store.read { tx in
                    try tx.refusedOutbox().filter { !RefusalCause.saysDead($0.status) }
                }
                guard let first = refused.first else { return well("mails", "none waits because it was refused") }
                let count = refused.reduce(0) { $0 + $1.count }
                return wrong(
                    "mails",
                    "\(count) \(count == 1 ? "waits because it was" : "wait because they were") refused, most of them with \(first.status) (\(RefusalCause.meaning(of: first.status))): "
                        + "they are tried again; mend it with whoever runs the relay")
            }
        }
    }

    private var audit: Finding {
        get async {
            await beside("audit") { store, keyring in
                let verdict = try await Audit(store: store, keyring: keyring).verify()
                return verdict.flaw.map { wrong("audit", $0.words) }
                    ?? well(
                        "audit",
                        "\(verdict.entries) \(verdict.entries == 1 ? "entry" : "entries"), each as it was written")
            }
        }
    }

    private var logins: Finding {
        get async {
            await beside("logins") { store, keyring in
                let all = try await Staff(store: store, keyring: keyring, clock: .system).all()
                let stale = all.count { $0.isStale }
                return stale == 0
                    ? well("logins", "\(all.count), none of them unused or expired")
                    : wrong("logins", "\(stale) of \(all.count) expired or unused for 90 days: courant staff review")
            }
        }
    }

    private var clock: Finding {
        get async {
            await beside("clock") { store, _ in
                let standing = try await SteadyClock.standing(in: store, at: .system)
                return standing.words.map { wrong("clock", $0) }
                    ?? well("clock", "\(Date().formatted(.iso8601)), as the records would have it")
            }
        }
    }

    /// What no sweep does by itself.
    private var sweeps: Finding {
        get async {
            await beside("retention") { store, _ in
                let held = try await store.read { try $0.heldSweeps() }.filter { $0.released == nil }
                let words = held.map {
                    "\($0.due) of \($0.population) on \($0.list) would end at once: look at the list's rule; if it is meant, "
                        + "courantd retention release --list \($0.list) --expect \($0.due)"
                }
                return held.isEmpty
                    ? well("retention", "no sweep waits for a person's word")
                    : wrong("retention", words.joined(separator: "; "))
            }
        }
    }

    /// What can only be looked at in a store that is there; that it can be opened is `store`'s to say.
    func beside(
        _ subject: String, _ look: (any ServedStore, Keyring) async throws -> Finding
    ) async -> Finding {
        do {
            guard try settings.hasDatabase() else { return well(subject, "nothing yet") }
            let (store, keyring) = try Courant.beside(settings)
            defer { try? store.close() }
            return try await look(store, keyring)
        } catch {
            return wrong(subject, "cannot be looked at while the store is not well")
        }
    }

    private var disk: Finding {
        let folder = settings.dataDirectory
        let room = (try? FileManager.default.attributesOfFileSystem(forPath: folder))?[.systemFreeSize] as? NSNumber
        guard let megabytes = room.map({ $0.int64Value / 1_000_000 }) else {
            return well("disk", "\(folder) is not there yet")
        }
        return megabytes >= 500
            ? well("disk", "\(megabytes) MB free in \(folder)")
            : wrong("disk", "only \(megabytes) MB free in \(folder): make room before sign-ups are turned away")
    }

    /// Whether what the locks rest on is there; nil for a server's files.
    private var place: Finding? {
        guard let database = settings.databaseFile else { return nil }
        if MountTable.current.isMountedAlone(database) {
            return wrong("place", StoreOpening.mountedAlone.advice(settings))
        }
        switch FileSystem(of: settings.dataDirectory) {
        case .local: return well("place", "\(settings.dataDirectory) is on a disk of this machine")
        case .remote(let kind): return wrong("place", StoreOpening.onNetwork(kind).advice(settings))
        case .throughAnother(let kind):
            return wrong(
                "place",
                "\(settings.dataDirectory) is on a file system (\(kind)) that may keep no locks: put it on a disk of this machine"
            )
        }
    }

    /// What restores have moved aside; nil where there is none.
    private var copies: Finding? {
        guard let database = settings.databaseFile else { return nil }
        let asides = SetAside.all(of: database)
        guard let oldest = asides.first else { return nil }
        let names = asides.map(\.path).joined(separator: ", ")
        return oldest.until > Date()
            ? well(
                "copies",
                "\(names) can be read with your key, with all who leave meanwhile: deleted on \(oldest.until.day), or by you before"
            )
            : wrong(
                "copies",
                "\(names) should have been deleted on \(oldest.until.day), which a running service does: delete it, for it holds who has left"
            )
    }

    /// Each by itself: while one serves, mail goes through it.
    private var relays: [Finding] {
        get async {
            var looks: [(relay: SMTPRelay.Configuration, result: Result<SMTPRelay.Findings, RelayFailure>)] = []
            for relay in settings.relays {
                do throws(RelayFailure) {
                    looks.append(
                        (relay, .success(try await SMTPRelay.check(relay, envelope: probe, progress: progress))))
                } catch {
                    looks.append((relay, .failure(error)))
                }
            }
            let serving = looks.first { (try? $0.result.get().refusal == nil) ?? false }?.relay.address
            return looks.map { relay, result in
                let way = serving.map { " (Mail goes through \($0) meanwhile.)" } ?? ""
                switch result {
                case .success(let found): return finding(found, way)
                case .failure(let failure): return wrong("relay", "\(relay.address): \(failure.plainWords)\(way)")
                }
            }
        }
    }

    private func finding(_ found: SMTPRelay.Findings, _ way: String) -> Finding {
        let traits = [
            found.isEncrypted ? "TLS verified" : "in the clear",
            found.isAuthenticated ? "signed in" : "without a login",
            found.abilities.pipelining ? "pipelining" : "no pipelining: slower",
            found.took > .seconds(5) ? "let us in after \(found.took.inWords)" : nil,
        ]
        let words = "\(found.address): \(traits.compactMap(\.self).joined(separator: ", "))"
        guard let refusal = found.refusal else { return well("relay", words) }
        let offered = found.abilities.authentication.joined(separator: ", ")
        let login =
            found.isAuthenticated || offered.isEmpty
            ? "" : " It offers a login (\(offered)): set relay.user and relay.password-file."
        return wrong(
            "relay",
            "\(words); but it would refuse a mail to organisation.contact: \(refusal) at \(refusal.command.name).\(login)\(way)"
        )
    }

    /// From us to ourselves.
    private var probe: SMTPRelay.Envelope? {
        guard let contact = try? EmailAddress(settings.organisation.contact) else { return nil }
        let sender = settings.mailBounceDomain.map { EmailAddress(localPart: "bounce", domain: $0) }
        return SMTPRelay.Envelope(sender: sender ?? settings.mailTransactionalFrom.address, recipient: contact)
    }

    /// A made-up answer is refused where the secret is right.
    private var captcha: Finding {
        get async {
            let choice = settings.captcha
            guard choice.provider != .none else {
                return well(
                    "captcha", "none, in so many words: nothing keeps robots from the form but the confirm mail")
            }
            let name = "\(choice.provider.rawValue), for \(choice.hostnames.joined(separator: ", "))"
            guard let siteVerify = choice.siteVerify else { return well("captcha", name) }
            switch await siteVerify.verify("made-up-by-courantd-doctor", action: nil, now: Date()) {
            case .refused(.notServed(let status, let codes)):
                let said = codes.isEmpty ? "status \(status)" : codes.joined(separator: ", ")
                return wrong(
                    "captcha", "\(name): the provider does not serve us (\(said)). Check captcha.secret and its quota.")
            case .refused: return well("captcha", "\(name); the provider knows the secret and refuses a made-up answer")
            case .passed:
                return wrong("captcha", "\(name): the provider lets a made-up answer pass. Check captcha.verify-url.")
            case .unavailable(let outage), .admitted(let outage):
                return wrong(
                    "captcha",
                    "\(name): the provider cannot be asked (\(outage)). Check captcha.verify-url and the way out.")
            }
        }
    }

    private func look(_ subject: String, _ look: () throws(StartFailure) -> String) -> Finding {
        do throws(StartFailure) {
            return well(subject, try look())
        } catch {
            return wrong(subject, "\(error)")
        }
    }

    private func well(_ subject: String, _ words: String) -> Finding {
        Finding(subject, .well, words)
    }

    private func wrong(_ subject: String, _ words: String) -> Finding {
        Finding(subject, .wrong, words)
    }
}

extension Date {
    /// `2026-03-01`, in UTC.
    var day: String { formatted(.iso8601.year().month().day()) }
}
