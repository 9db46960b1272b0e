import CoreMetrics
import Foundation
import Hummingbird
import Logging
import Newsletter
import ServiceLifecycle

/// `GET /metrics`, on a listen address of its own: what watches the service need not be where its visitors come.
struct MetricsDoor {
    /// Nil while the database is waited for at the start.
    let store: (any Store)?
    let clock: WallClock
    let settings: Settings.Metrics

    /// One for the process, as swift-metrics has it.
    private static let prometheus: Prometheus = {
        let factory = Prometheus()
        MetricsSystem.bootstrap(factory)
        return factory
    }()

    /// Nil where `metrics.port` is not set.
    func service(logger: Logger) -> (any Service)? {
        guard let port = settings.port else { return nil }
        let prometheus = Self.prometheus
        let router = Router()
        router.get("metrics") { _, _ in
            // What is counted here is told whatever becomes of the database.
            let text = prometheus.text + (await quickly { try? await standing() } ?? Self.away)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        return Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: port)), logger: logger)
    }

    private static let away = """
        # TYPE courant_database_up gauge
        courant_database_up 0

        """

    /// A database that hangs is not waited for as long as it may take to be given up: whoever scrapes has given up by then.
    private func quickly(_ ask: @escaping @Sendable () async -> String?) async -> String? {
        let (answers, answer) = AsyncStream.makeStream(of: String?.self)
        let asking = Task {
            answer.yield(await ask())
            answer.finish()
        }
        let waiting = Task {
            try await Task.sleep(for: .seconds(2))
            answer.finish()
        }
        defer {
            asking.cancel()
            waiting.cancel()
        }
        for await text in answers { return text }
        return nil
    }

    /// What is true now, read when asked.
    @Sendable private func standing() async throws -> String? {
        guard let store else { return nil }
        let now = clock.now()
        let (outbox, campaigns, overdue) = try await store.read { tx in
            (try tx.outboxCount(), try tx.sendingCampaigns().count, try tx.countOverdueRequests(at: now))
        }
        let (logins, entries) = try await store.read { tx in
            (try tx.staff().map { StaffStanding($0, at: now) }, try tx.auditHead()?.number ?? 0)
        }
        let (held, refused) = try await store.read { tx in
            (try tx.heldStanding(of: nil, hold: .zero), try tx.refusedOutbox().reduce(0) { $0 + $1.count })
        }
        return """
            # TYPE courant_database_up gauge
            courant_database_up 1
            # TYPE courant_held gauge
            courant_held \(held.held)
            # TYPE courant_brake gauge
            courant_brake \(held.brake.isOn ? 1 : 0)
            # TYPE courant_outbox_refused gauge
            courant_outbox_refused \(refused)
            # TYPE courant_staff_logins gauge
            courant_staff_logins{standing="current"} \(logins.count { !$0.isStale })
            courant_staff_logins{standing="stale"} \(logins.count { $0.isStale })
            # TYPE courant_audit_entries counter
            courant_audit_entries \(entries)
            # TYPE courant_outbox_mails gauge
            courant_outbox_mails \(outbox)
            # TYPE courant_campaigns_sending gauge
            courant_campaigns_sending \(campaigns)
            # TYPE courant_rights_overdue gauge
            courant_rights_overdue \(overdue)

            """
    }
}
