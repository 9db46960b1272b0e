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
        }

        package let subject: String
        package let verdict: Verdict
        package let words: String
    }

    private let settings: Settings

    package init(_ settings: Settings) {
        self.settings = settings
    }

    package func examine() async -> [Finding] {
        [
            templates, policy, keys, await store, await whole, await audit, await logins, await requests, disk, place,
            copies, await relay, captcha,
        ].compactMap(\.self)
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
                return "\(settings.keysFile), readable by its owner alone"
            }
            guard try !settings.hasDatabase() else {
                throw .keysMissing(settings.keysFile, database: "\(settings.store)")
            }
            return "\(settings.keysFile) will be made at the first start"
        }
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
                let (lists, waiting) = try await store.read { tx in (try tx.lists().count, try tx.outboxCount()) }
                try await store.write { try $0.touch() }
                return well(
                    "store", "\(settings.store) can be read and written; \(lists) lists, \(waiting) mails waiting")
            } catch let error as StoreFailure {
                return wrong("store", "The store cannot be used: \(error.advice).")
            } catch {
                return wrong("store", "\(error)")
            }
        }
    }

    /// All of it is read: on SQLite some seconds for a million people.
    private var whole: Finding {
        get async {
            await beside("integrity") { store, _ in
                try await store.isWhole()
                    ? well("integrity", "every page, row and index entry is where it belongs")
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

    private var audit: Finding {
        get async {
            await beside("audit") { store, keyring in
                let verdict = try await Audit(store: store, keyring: keyring).verify()
                return verdict.flaw.map { wrong("audit", $0.words) }
                    ?? well("audit", "\(verdict.entries) entries, each as it was written")
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

    /// What can only be looked at in a store that is there; that it can be opened is `store`'s to say.
    private func beside(
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

    private var relay: Finding {
        get async {
            do throws(RelayFailure) {
                let found = try await SMTPRelay.check(settings.relay)
                let traits = [
                    found.isEncrypted ? "TLS verified" : "in the clear", found.isAuthenticated ? "signed in" : nil,
                    found.abilities.pipelining ? "pipelining" : "no pipelining: slower",
                ]
                return well("relay", "\(found.address): \(traits.compactMap(\.self).joined(separator: ", "))")
            } catch {
                return wrong("relay", "\(settings.relay.address): \(error.plainWords)")
            }
        }
    }

    private var captcha: Finding {
        settings.captcha.provider == .none
            ? well("captcha", "none, in so many words: nothing keeps robots from the form but the confirm mail")
            : well(
                "captcha",
                "\(settings.captcha.provider.rawValue), for \(settings.captcha.hostnames.joined(separator: ", "))")
    }

    private func look(_ subject: String, _ look: () throws(StartFailure) -> String) -> Finding {
        do throws(StartFailure) {
            return well(subject, try look())
        } catch {
            return wrong(subject, "\(error)")
        }
    }

    private func well(_ subject: String, _ words: String) -> Finding {
        Finding(subject: subject, verdict: .well, words: words)
    }

    private func wrong(_ subject: String, _ words: String) -> Finding {
        Finding(subject: subject, verdict: .wrong, words: words)
    }
}

extension Date {
    /// `2026-03-01`, in UTC.
    var day: String { formatted(.iso8601.year().month().day()) }
}
