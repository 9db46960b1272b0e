import CoreMetrics
import Foundation
import Hummingbird
import Logging
import Mail
import Newsletter
import ServiceLifecycle
import Web

/// `GET /metrics`, on a listen address of its own: what watches the service need not be where its visitors come.
struct MetricsServer {
    /// Nil while the database is waited for at the start.
    let store: (any Store)?
    let clock: WallClock
    let health: RelayHealth
    let settings: Settings.Metrics
    /// Whether anybody is told of events.
    var hasReceiver = false

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
        if hasReceiver { Measures.beginEvents() }
        let router = Router()
        router.get("metrics") { _, _ in
            // What is counted here is told whatever becomes of the database.
            let text = prometheus.text + relays + (await quickly { try? await standing() } ?? Self.away)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        return Application(
            router: router, configuration: .init(address: .hostname(settings.host, port: port)), logger: logger)
    }

    private static let away = {
        var page = MetricsPage()
        page.gauge("courant_database_up", [], 0)
        return page.text
    }()

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

    private var relays: String {
        var page = MetricsPage()
        let standing = health.standing
        for one in standing { page.gauge("courant_relay_up", [("relay", one.relay)], one.trouble == nil ? 1 : 0) }
        for one in standing { page.gauge("courant_relay_state", [("relay", one.relay)], one.breaker.rawValue) }
        return page.text
    }

    /// What is true now, read when asked.
    @Sendable private func standing() async throws -> String? {
        guard let store else { return nil }
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
        let (held, refused) = try await store.read { tx in
            (try tx.heldStanding(of: nil, hold: .zero), try tx.refusedOutbox().reduce(0) { $0 + $1.count })
        }
        var page = MetricsPage()
        page.gauge("courant_database_up", [], 1)
        page.gauge("courant_held", [], held.held)
        page.gauge("courant_brake", [], held.brake.isOn ? 1 : 0)
        page.gauge("courant_outbox_refused", [], refused)
        let waited = oldest.map { max(0, Int(now.timeIntervalSince($0))) } ?? 0
        page.gauge("courant_mails_oldest_seconds", [], waited)
        page.gauge("courant_outbox_mails", [], outbox)
        if hasReceiver {
            let events = try await store.read { try $0.waitingEvents() }
            page.gauge("courant_events_waiting", [], events.count)
            page.gauge(
                "courant_events_oldest_seconds", [],
                events.since.map { max(0, Int(now.timeIntervalSince($0))) } ?? 0)
        }
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
        "courant_brake": "1 while nobody is erased who is said not to exist, until a person decides.",
        "courant_campaigns_sending": "Campaigns on their way now.",
        "courant_captcha_total": "Forms, by what became of their captcha.",
        "courant_trap_filled_total": "Forms whose field that people do not see was filled in.",
        "courant_clock_stands": "1 where the time of day may end something.",
        "courant_connections_closed_total": "Connections that the service closed of its own accord, by cause.",
        "courant_database_up": "1 while the database answers.",
        "courant_events_oldest_seconds": "How long the oldest event that the receiver has not got has waited.",
        "courant_events_total": "Attempts to tell the receiver of events, by what became of them.",
        "courant_events_waiting": "Events that the receiver has not got.",
        "courant_held": "People who are said not to exist, and are written to no more.",
        "courant_mailbox_mails": "Mails left in the mailbox that reports are fetched from: somebody else's.",
        "courant_mailbox_up": "1 while nothing is known against the mailbox of reports, 0 while it cannot be read.",
        "courant_mails_oldest_seconds": "How long the transactional mail that is due longest has been due.",
        "courant_mails_total": "Attempts to hand a mail to the relay, by its verdict.",
        "courant_mails_under_way": "Mails handed to the relay and not settled yet.",
        "courant_outbox_mails": "Transactional mails that wait.",
        "courant_outbox_refused": "Transactional mails that wait because the relay refused them for our sake.",
        "courant_relay_failures_total": "Attempts to use a relay that came to nothing, by cause.",
        "courant_relay_state": "0 while the relay is handed mail, 2 while it rests, 1 while it is tried with one.",
        "courant_relay_up": "1 while nothing is known against the relay, 0 while it takes no mail.",
        "courant_reports_total": "Mails that came back, by door and by what was made of them.",
        "courant_retention_held": "Who would end, were a sweep not held for a person to look at.",
        "courant_rights_overdue": "Privacy requests that ought to have been answered.",
        "courant_staff_logins": "Staff logins; a stale one is expired or unused for 90 days.",
        "courant_subscriptions_total": "Steps of subscriptions.",
        "courant_transactional_mails_total": "Transactional mails refused for our sake, by what became of them.",
        "courant_wrong_tokens_total": "Calls of the staff API with a token that is none.",
    ]

    static func head(_ name: String, _ kind: String) -> String {
        let help = words[name].map { "# HELP \(name) \($0)\n" } ?? ""
        return "\(help)# TYPE \(name) \(kind)\n"
    }
}
