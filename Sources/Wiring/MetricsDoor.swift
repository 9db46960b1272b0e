import CoreMetrics
import Foundation
import Hummingbird
import Logging
import Mail
import Newsletter
import ServiceLifecycle
import Web

/// `GET /metrics`, on a listen address of its own: what watches the service need not be where its visitors come.
struct MetricsDoor {
    let store: any Store
    let clock: WallClock
    let health: RelayHealth
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
        Measures.begin()
        CaptchaMeasures.begin()
        let router = Router()
        router.get("metrics") { _, _ in
            // While the store is away, what is read from it is left out, and the rest is not.
            let text = prometheus.text + relays + ((try? await standing()) ?? "")
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        return Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: port)), logger: logger)
    }

    private var relays: String {
        var page = MetricsPage()
        for (relay, trouble) in health.standing {
            page.gauge("courant_relay_up", [("relay", relay)], trouble == nil ? 1 : 0)
        }
        return page.text
    }

    /// What is true now, read when asked.
    @Sendable private func standing() async throws -> String {
        let now = clock.now()
        let (outbox, oldest, campaigns, overdue) = try await store.read { tx in
            (
                try tx.outboxCount(), try tx.outboxWaitingSince(), try tx.sendingCampaigns().count,
                try tx.countOverdueRequests(at: now)
            )
        }
        let (logins, entries) = try await store.read { tx in
            (try tx.staff().map { StaffStanding($0, at: now) }, try tx.auditHead()?.number ?? 0)
        }
        var page = MetricsPage()
        let waited = oldest.map { max(0, Int(now.timeIntervalSince($0))) } ?? 0
        page.gauge("courant_mails_oldest_seconds", [], waited)
        page.gauge("courant_outbox_mails", [], outbox)
        page.gauge("courant_campaigns_sending", [], campaigns)
        page.gauge("courant_rights_overdue", [], overdue)
        page.gauge("courant_staff_logins", [("standing", "current")], logins.count { !$0.isStale })
        page.gauge("courant_staff_logins", [("standing", "stale")], logins.count { $0.isStale })
        page.counter("courant_audit_entries_total", [], Int(entries))
        return page.text
    }
}

/// Figures in Prometheus' text format, those of one name together.
struct MetricsPage {
    private(set) var text = ""
    private var last = ""

    mutating func gauge(_ name: String, _ labels: [(String, String)], _ value: Int) {
        add(name, "gauge", labels, value)
    }
    mutating func counter(_ name: String, _ labels: [(String, String)], _ value: Int) {
        add(name, "counter", labels, value)
    }

    private mutating func add(_ name: String, _ kind: String, _ labels: [(String, String)], _ value: Int) {
        if name != last { text += MetricsHelp.head(name, kind) }
        last = name
        let shown = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(shown)} \(value)\n"
    }
}

/// What each metric counts, for whoever writes a rule on it.
enum MetricsHelp {
    private static let words = [
        "courant_audit_entries_total": "Entries of the audit.",
        "courant_campaigns_sending": "Campaigns on their way now.",
        "courant_captcha_total": "Forms, by what became of their captcha.",
        "courant_mails_oldest_seconds": "How long the transactional mail that is due longest has been due.",
        "courant_mails_total": "Attempts to hand a mail to the relay, by its verdict.",
        "courant_mails_under_way": "Mails handed to the relay and not settled yet.",
        "courant_outbox_mails": "Transactional mails that wait.",
        "courant_relay_failures_total": "Attempts to use a relay that came to nothing, by cause.",
        "courant_relay_up": "1 while nothing is known against the relay, 0 while it takes no mail.",
        "courant_rights_overdue": "Privacy requests that ought to have been answered.",
        "courant_staff_logins": "Staff logins; a stale one is expired or unused for 90 days.",
        "courant_subscriptions_total": "Steps of subscriptions.",
    ]

    static func head(_ name: String, _ kind: String) -> String {
        let help = words[name].map { "# HELP \(name) \($0)\n" } ?? ""
        return "\(help)# TYPE \(name) \(kind)\n"
    }
}
