package import Captcha
package import Foundation
package import Logging
package import Mail
package import Newsletter
package import SQLStore
package import Rendering
import Synchronization
package import Wiring

/// The whole of Courant on a throwaway directory: real store on the disk, real keys, real templates. Only the clock, the
/// relay and the captcha are ours. Its verbs are what a test says.
package final class TestApp: Sendable {
    package let courant: Courant
    package let clock: TestClock
    /// What mail is handed to, unless the app was started with another.
    package let relay: RecordingRelay
    package let directory: URL
    /// Gone with this app, unless another was started on it.
    private let isHandedOn = Atomic(false)

    /// With one list, `news`.
    package static func start(
        on engine: Engine = .usual, captcha: any Captcha = NoCaptcha(), through relay: (any Relay)? = nil,
        directory: URL? = nil, logger: Logger? = nil, _ change: (inout Settings) throws -> Void = { _ in }
    ) async throws -> TestApp {
        let directory = try directory ?? .temporary()
        var settings = Settings.sample(directory)
        settings.store = try StoreAddress(await engine.url(in: directory))
        try change(&settings)
        return try await start(settings, captcha: captcha, through: relay, directory: directory, logger: logger)
    }

    static func start(
        _ settings: Settings, captcha: any Captcha = NoCaptcha(), through outer: (any Relay)? = nil, directory: URL,
        clock: TestClock = TestClock(), logger: Logger? = nil
    ) async throws -> TestApp {
        let app = try TestApp(
            settings, captcha: captcha, through: outer, directory: directory, clock: clock, logger: logger)
        try await app.courant.begin()
        if try await app.courant.lists.all().isEmpty { try await app.createList("news") }
        return app
    }

    private init(
        _ settings: Settings, captcha: any Captcha, through outer: (any Relay)?, directory: URL, clock: TestClock,
        logger: Logger?
    ) throws {
        self.directory = directory
        self.clock = clock
        relay = RecordingRelay()
        courant = try Courant(
            settings, external: ExternalServices(relay: outer ?? relay, captcha: captcha, clock: clock.wall),
            templates: settings.shippedTemplates,
            logger: logger ?? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    deinit {
        if !isHandedOn.load(ordering: .relaxed) { try? FileManager.default.removeItem(at: directory) }
    }

    /// Another process on the same directory, after this one is gone; `place`: where its records are by then.
    package func restart(at place: StoreAddress? = nil, through relay: (any Relay)? = nil) async throws -> TestApp {
        try courant.store.close()
        isHandedOn.store(true, ordering: .relaxed)
        var settings = courant.settings
        settings.store = place ?? settings.store
        let next = try await TestApp.start(
            settings, through: relay, directory: directory, clock: TestClock(at: clock.wall.now()))
        try await next.courant.dispatcher.recover()
        return next
    }
}

extension Templates {
    /// Read and tried once for all tests: in a debug build that takes longer than most of them.
    fileprivate static let shipped = try? Courant.templates(.sample(.repository))
}

extension Language {
    /// Codes of the languages that Courant comes with: one for each file.
    package static let shipped: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: URL.repository.appending(path: "templates/locales").path)
        return (files ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()
}

extension Settings {
    /// What these settings' folder holds, where it is the repository's.
    package var shippedTemplates: Templates? {
        templates == URL.repository.appending(path: "templates").path ? .shipped : nil
    }

    package static func sample(_ directory: URL) -> Settings {
        var settings = Settings()
        settings.http.publicURL = "https://news.example.org"
        settings.store = .sqlite(path: directory.appending(path: "courant.db").path)
        settings.keysFile = directory.appending(path: "courant.keys").path
        settings.templates = URL.repository.appending(path: "templates").path
        settings.policyFile = URL.repository.appending(path: "config/policy.md").path
        settings.promisesFile = URL.repository.appending(path: "config/promises.yaml").path
        settings.organisation.name = "Example AS"
        settings.organisation.address = "Storgata 1, 0155 Oslo"
        settings.organisation.contact = "privacy@example.org"
        settings.organisation.timeZone = .gmt
        settings.mailFrom = Correspondent("Example News <news@example.org>") ?? settings.mailFrom
        settings.mailTransactionalFrom = Correspondent("Example <hello@example.org>") ?? settings.mailTransactionalFrom
        return settings
    }
}

extension URL {
    package static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    package static func temporary() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "courant-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        Leftovers.clearAtTheEnd(url)
        return url
    }
}

/// Folders that nobody has removed when the tests' process ends.
private enum Leftovers {
    private static let all = Mutex<[URL]>([])
    private static let clearing: Void = {
        atexit { for url in Leftovers.all.withLock({ $0 }) { try? FileManager.default.removeItem(at: url) } }
    }()

    static func clearAtTheEnd(_ url: URL) {
        clearing
        all.withLock { $0.append(url) }
    }
}

/// A clock that moves when it is told to. It begins on a Tuesday in winter.
package final class TestClock: Sendable {
    private let time: Mutex<Date>
    private let uptime = Mutex(Duration.zero)

    package init(at time: Date = Date(timeIntervalSince1970: 1_767_700_800)) {
        self.time = Mutex(time)
    }

    package var wall: WallClock {
        WallClock(now: { self.time.withLock { $0 } }, uptime: { self.uptime.withLock { $0 } })
    }

    package func advance(_ duration: Duration) {
        time.withLock { $0 = $0 + duration }
        uptime.withLock { $0 += duration }
    }

    /// Somebody sets the time of day; the uptime goes on as it was.
    package func set(_ date: Date) { time.withLock { $0 = date } }
}
