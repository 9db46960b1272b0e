import Foundation
package import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Newsletter
import Rendering
import SQLStore
import ServiceLifecycle
import UnixSignals
package import Web

extension Courant {
    /// How long a stop waits for requests and mails that are under way.
    static let stopLimit: Duration = .seconds(30)

    /// With less room on the disk, in bytes, the service does not call itself ready.
    static let leastRoom = 1_048_576

    /// Everything that answers HTTP. The demo adds its mailbox to it.
    package func router() throws(StartFailure) -> Router<WebContext> {
        var site = try settings.publicSite(templates)
        site.probe = keyring.probe
        return buildRouter(
            WebServices(
                subscriptions: subscriptions, consents: consents, lists: lists, campaigns: campaigns,
                policies: policies, retention: retention, bounces: bounces, inbox: inbox, hooks: settings.hooks,
                sns: external.sns,
                imports: imports, blocks: blocks,
                export: export, rights: rights,
                staff: staff, audit: audit,
                templates: templates, captcha: external.captcha, clock: clock,
                site: site,
                limits: Limits(
                    clientPerMinute: settings.limits.clientPerMinute, allPerMinute: settings.limits.allPerMinute),
                health: external.health, readiness: readiness))
    }

    /// Serves until SIGTERM or SIGINT: then no connection is taken any more, what is under way is finished, the relay's
    /// verdicts are written down, and this returns. `stop`: where somebody may have said so before.
    /// `reread`: the settings as they are now, all checked; without it SIGHUP changes nothing.
    package func serve(
        _ router: Router<WebContext>? = nil, stop: StopWish? = nil,
        whenServing: @escaping @Sendable (Int) -> Void = { _ in },
        reread: (@Sendable () async throws -> Settings)? = nil
    ) async throws {
        try Self.refuseTakenPorts(settings)
        Descriptors.raise()
        try await begin()
        let connections = connections()
        let book = try promiseBook()
        try await refuseToBreak(book.required)
        let manager = ServiceManager.current
        let doors = Doors(BelowPath(settings.http.publicURL, try router ?? self.router()))
        let reloader = reread.map { Reloader(self, doors, reread: $0) }
        let application = Application(
            router: doors,
            server: .http1(configuration: channel(connections)),
            configuration: .init(
                address: .hostname(settings.http.host, port: settings.http.port), serverName: nil, backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.http.port
                logger.info("serving", metadata: ["port": "\(port)", "version": "\(Self.version)"])
                promises.watch(
                    book.required,
                    Inspection(
                        courant: self, webServices: settings.webServices(port: port), isServed: true, depth: .brief))
                reloader?.serves(at: port)
                manager?.tell("READY=1")
                whenServing(port)
            },
            logger: logger)
        store.takePlace()
        let metrics = MetricsServer(
            store: store, clock: clock, health: external.health, settings: settings.metrics,
            hasReceiver: settings.eventReceiver != nil
        ).service(logger: Self.quiet(logger))
        let telling = manager?.tellStatus(of: store)
        defer { telling?.cancel() }
        let farewell = manager.map { ServiceManager.Farewell(manager: $0) }
        let stop = if let stop { stop } else { await StopWish.trapped() }
        var group = ServiceGroupConfiguration(
            // Where one fails (a port in use), the others finish what they do, as at a stop.
            services: (services + ([metrics, application, reloader, farewell] as [(any Service)?]).compactMap(\.self))
                .map {
                    .init(
                        service: $0, failureTerminationBehavior: .gracefullyShutdownGroup,
                        serviceName: "\(type(of: $0))")
                } + [.ending(with: stop)],
            logger: Self.quiet(logger))
        group.maximumGracefulShutdownDuration = Self.stopLimit
        group.maximumCancellationDuration = .seconds(5)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let lost as ServiceLost {
            throw StartFailure.store(lost.advice)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartFailure.port(Self.inUse(settings))
        } catch let error as IOError where error.errnoCode == EACCES {
            throw StartFailure.port(
                "Port \(settings.http.port) may not be used by this user: set http.port to 1024 or more.")
        } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL {
            throw StartFailure.port(notOurs)
        } catch is SocketAddressError {
            throw StartFailure.port(notOurs)
        }
        logger.info("stopped")
    }

    /// What one connection can cost is bounded: a head of 32 KB, a form of 16, half a minute for a request to come whole, a
    /// minute of silence. What all can cost, by their number.
    private func channel(_ connections: Connections) -> HTTP1Channel.Configuration {
        var channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                OldRequests(), ConnectionGate(connections),
                RequestDeadline(.seconds(30), at: settings.http.publicURL),
            ],
            idleTimeout: .seconds(60))
        channel.httpDecoder = .init(
            maxHeaderFieldSize: 32 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 200)
        return channel
    }

    /// As many as the settings say, or as this process may have sockets for.
    private func connections() -> Connections {
        let room = Descriptors.room(for: settings.limits.connections)
        if room < settings.limits.connections {
            logger.warning(
                "fewer connections than limits.connections: raise the hard limit of open files (LimitNOFILE=, ulimit -Hn)",
                metadata: [
                    "connections": "\(room)", "limit": "\(Descriptors.limit ?? 0)",
                    "needed": "\(settings.limits.connections + Descriptors.ownUse)",
                ])
        }
        return Connections(
            most: room, mostOfOne: settings.limits.connectionsPerClient,
            proxies: Proxies(trusted: settings.http.trustedProxies.compactMap { AddressRange($0) }))
    }

    /// Before anything is opened: what would be said of a service that cannot begin is misleading.
    package static func refuseTakenPorts(_ settings: Settings) throws(StartFailure) {
        let metrics = settings.metrics
        let isTaken =
            Ports.isTaken(settings.http.host, settings.http.port)
            || metrics.port.map { Ports.isTaken(metrics.host, $0) } ?? false
        if isTaken { throw .port(inUse(settings)) }
    }

    private static func inUse(_ settings: Settings) -> String {
        let metrics = settings.metrics.port.map { " (or \($0) on \(settings.metrics.host), for metrics.port)" } ?? ""
        return
            "Port \(settings.http.port) on \(settings.http.host) is in use\(metrics): stop the other program, or set http.port."
    }

    private var notOurs: String {
        "\(settings.http.host) is no address of this machine: set http.host to one, or to 0.0.0.0 for all."
    }

    /// The frameworks' own notices are for those who debug them.
    static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }

    private var readiness: @Sendable () async -> Readiness {
        { [store, settings] in
            // One page may still find room where a sign-up's pages do not. A server's disk is not ours to measure.
            guard settings.freeBytes >= Self.leastRoom else { return .notReady("the disk is full: make room") }
            do {
                // A transaction of its own finds a directory that turned read-only.
                try await store.write { try $0.touch() }
                return .ready
            } catch {
                return .notReady("the store cannot be written")
            }
        }
    }
}

extension Settings {
    /// On the disk of SQLite's file; where it cannot be told, as much as is needed.
    fileprivate var freeBytes: Int {
        guard databaseFile != nil else { return Courant.leastRoom }
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: dataDirectory)
        return (facts?[.systemFreeSize] as? NSNumber)?.intValue ?? Courant.leastRoom
    }

    fileprivate func publicSite(_ templates: Templates) throws(StartFailure) -> PublicSite {
        var site = PublicSite(publisher, version: Courant.version, language: templates.languages[0])
        site.allowedOrigins = Set(http.allowedOrigins)
        site.widget = captcha.widget
        site.redirects = redirects
        site.letsInDuringOutage = captcha.onOutage == .degraded
        site.proxies = Proxies(trusted: http.trustedProxies.compactMap { AddressRange($0) })
        return site
    }
}
