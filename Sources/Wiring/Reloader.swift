import Foundation
import Hummingbird
import Logging
import Newsletter
import Rendering
import ServiceLifecycle
import Synchronization
import UnixSignals
import Web

/// At SIGHUP: reads settings, templates and promises again, checks all of it, and takes over what can change while it serves. What
/// cannot is named in the log. Where anything is wrong, all stays as it is.
final class Reloader: Service {
    /// What takes effect at once. The rest, secrets among it, is read at a start.
    static let keys: Set<String> = [
        "http.allowed-origins", "http.trusted-proxies", "limits.all-per-minute", "limits.client-per-minute",
        "log.level",
        "promises.file", "redirects", "templates.directory",
    ]

    private let doors: Doors
    private let reread: @Sendable () async throws -> Settings
    private let current: Mutex<Courant>
    private let port = Mutex(0)

    init(_ courant: Courant, _ doors: Doors, reread: @escaping @Sendable () async throws -> Settings) {
        current = Mutex(courant)
        (self.doors, self.reread) = (doors, reread)
    }

    /// Where its own doors are.
    func serves(at port: Int) { self.port.withLock { $0 = port } }

    func run() async throws {
        let logger = current.withLock(\.logger)
        for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2).cancelOnGracefulShutdown()
        {
            guard signal == .sighup else {
                logger.notice(
                    "a signal that changes nothing: the log is standard output", metadata: ["signal": "\(signal)"])
                continue
            }
            ServiceManager.current?.tell(
                "RELOADING=1", "MONOTONIC_USEC=\(DispatchTime.now().uptimeNanoseconds / 1_000)")
            await reload(logger)
            // Also after a failure: whoever waits for a reload would wait for ever.
            ServiceManager.current?.tell("READY=1")
        }
    }

    private func reload(_ logger: Logger) async {
        do {
            let before = current.withLock(\.self)
            let next = try await taken(before)
            current.withLock { $0 = next.courant }
            // It is said whichever of both levels would keep it back.
            let level = Logger.Level(rawValue: next.courant.settings.logLevel) ?? .info
            let threshold = (logger.handler as? LineLogHandler)?.threshold
            threshold?.level = min(level, .notice)
            logger.notice("read again", metadata: next.said)
            threshold?.level = level
        } catch let failure as StartFailure {
            Self.refuse("\(failure)", logger)
        } catch let problems as SettingsProblems {
            Self.refuse("\(problems)", logger)
        } catch {
            Self.refuse("\(type(of: error))", logger)
        }
    }

    private static func refuse(_ why: String, _ logger: Logger) {
        logger.error(
            "read again, and nothing is taken over: all stays as it was",
            metadata: ["why": "\(why)", "then": "mend it, and reload once more"])
    }

    private func taken(_ before: Courant) async throws -> (courant: Courant, said: Logger.Metadata) {
        let read = try await reread()
        let templates = try Courant.templates(read)
        let book = try Courant.promiseBook(read)
        guard templates.languages == before.templates.languages else {
            let changed = Set(templates.languages).symmetricDifference(before.templates.languages).map(\.code).sorted()
            let which =
                changed.isEmpty
                ? "Another language is the first" : "A language has come or gone (\(changed.joined(separator: ", ")))"
            throw StartFailure.templates("\(which): that takes a restart, and with it all else.")
        }
        let changed = Self.changes(before.settings.found, read.found)
        let next = before.taking(over: read)
        // Whoever signs up agrees to a sentence that is on record.
        try await next.seedConsents(templates)
        let router = try next.router()
        let inspection = Inspection(
            courant: next, webServices: next.settings.webServices(port: port.withLock(\.self)), isServed: true,
            depth: .brief)
        let broken = await inspection.inspect(book.required).filter(\.evidence.isBroken)
        guard broken.isEmpty else { throw StartFailure.broken(broken, in: read.promisesFile, "Nothing is taken over") }
        before.templates.takeOver(templates)
        doors.exchange(BelowPath(next.settings.http.publicURL, router))
        next.promises.watch(book.required, inspection)
        var said: Logger.Metadata = ["templates": "\(read.templates)", "promises": "\(read.promisesFile)"]
        let (now, later) = (changed.filter(Self.keys.contains), changed.filter { !Self.keys.contains($0) })
        if !now.isEmpty { said["settings"] = "\(now.joined(separator: ", "))" }
        if !later.isEmpty { said["wait for a restart"] = "\(later.joined(separator: ", "))" }
        return (next, said)
    }

    /// In alphabetical order.
    static func changes(_ before: Settings.Found, _ after: Settings.Found) -> [String] {
        let (before, after) = (values(before), values(after))
        return Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
    }

    private static func values(_ found: Settings.Found) -> [String: String] {
        Dictionary(found.map { ($0.key, $0.value) }) { _, last in last }
    }
}

extension Courant {
    /// The same service, with those settings of others that may change while it serves. What else they say is remembered as
    /// it was, so that it is named at each reload until it is taken over at a start.
    fileprivate func taking(over others: Settings) -> Courant {
        var next = self
        next.settings.http.allowedOrigins = others.http.allowedOrigins
        next.settings.http.trustedProxies = others.http.trustedProxies
        next.settings.limits.clientPerMinute = others.limits.clientPerMinute
        next.settings.limits.allPerMinute = others.limits.allPerMinute
        next.settings.redirects = others.redirects
        next.settings.logLevel = others.logLevel
        next.settings.templates = others.templates
        (next.settings.promisesFile, next.settings.namesPromises) = (others.promisesFile, others.namesPromises)
        next.settings.found =
            settings.found.filter { !Reloader.keys.contains($0.key) }
            + others.found.filter { Reloader.keys.contains($0.key) }
        return next
    }
}
