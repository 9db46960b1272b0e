import HTTPTypes
import Hummingbird
import Logging
import Newsletter

/// How many forms are taken: from one network, counted before anything is read, and in all, counted once a form has come
/// whole, so that nobody uses up what is everybody's by only beginning. In memory alone; nothing of a visitor's address is
/// stored or logged.
package struct Limits: Sendable {
    private let clients: RateLimiter<[UInt8]>?
    private let logins: RateLimiter<String>?
    private let everybody: RateLimiter<Int>?

    /// 0: no limit.
    package init(clientPerMinute: Int = 0, allPerMinute: Int = 0) {
        clients = RateLimiter(clientPerMinute, per: .seconds(60))
        logins = RateLimiter(clientPerMinute, per: .seconds(60))
        everybody = RateLimiter(allPerMinute, per: .seconds(60))
    }

    /// Throws where somebody has to wait. Whoever is refused for their own sake takes nothing from the others.
    func admit(_ request: Request, _ context: WebContext, _ services: WebServices) throws(DoorFailure) {
        let now = services.clock.uptime()
        let origin = services.site.proxies.origin(request.headers, from: context.peer)
        if let client = origin.client, let wait = clients?.spend(client.network, at: now) {
            tell(client, speaksForOthers: origin.speaksForOthers, context, services)
            throw .tooMany(wait: wait)
        }
    }

    /// Many people may seem to be one; nothing of their address is told.
    private func tell(_ client: IPAddress, speaksForOthers: Bool, _ context: WebContext, _ services: WebServices) {
        guard services.limitWords.isTime(services.clock.now()) else { return }
        let advice =
            if speaksForOthers {
                "It says that it asks for others. If it is a proxy of yours or a CDN's, name it in http.trusted-proxies: "
                    + "without, all its visitors share one network's limits."
            } else if client.isPrivate {
                "It has a private address, as proxies and containers' networks have: let it send X-Forwarded-For, and name "
                    + "it in http.trusted-proxies. Without, all its visitors share one network's limits."
            } else {
                "If those are many people, in an office or a school, raise the limit."
            }
        context.logger.warning(
            "one network has had limits.client-per-minute forms in a minute", metadata: ["advice": "\(advice)"])
    }

    /// A program's login counts for itself, wherever it calls from.
    func admit(_ member: StaffMember, _ services: WebServices) throws(DoorFailure) {
        if let wait = logins?.spend(member.name, at: services.clock.uptime()) { throw .tooMany(wait: wait) }
        try admitToAll(services)
    }

    func admitToAll(_ services: WebServices) throws(DoorFailure) {
        let now = services.clock.uptime()
        if let wait = everybody?.spend(0, at: now) { throw .tooMany(wait: wait) }
    }
}
