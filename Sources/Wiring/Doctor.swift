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
            templates, policy, keys, await store, await audit, await logins, await requests, await clock, await sweeps,
            await held, await waiting, disk, await relay, captcha,
        ]
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
                    "\(count) wait because they were refused, most of them with \(first.status) (\(RefusalCause.meaning(of: first.status))): "
                        + "they are tried again; mend it with whoever runs the relay")
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
