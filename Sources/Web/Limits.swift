import HTTPTypes
import Hummingbird
import Newsletter

/// How many forms are taken: from one network, counted before anything is read, and in all, counted once a form has come
/// whole, so that nobody uses up what is everybody's by only beginning. In memory alone; nothing of a visitor's address is
/// stored or logged.
package struct Limits: Sendable {
    private let clients: Budgets<[UInt8]>?
    private let everybody: Budgets<Int>?

    /// 0: no limit.
    package init(clientPerMinute: Int = 0, allPerMinute: Int = 0) {
        clients = Budgets(clientPerMinute, per: .seconds(60))
        everybody = Budgets(allPerMinute, per: .seconds(60))
    }

    /// Throws where somebody has to wait. Whoever is refused for their own sake takes nothing from the others.
    func admit(_ request: Request, _ context: WebContext, _ doors: Doors) throws(DoorFailure) {
        let now = doors.clock.uptime()
        if let client = doors.site.proxies.client(request.headers, from: context.peer),
            let wait = clients?.spend(client.network, at: now)
        {
            throw .tooMany(wait: wait)
        }
    }

    func admitToAll(_ doors: Doors) throws(DoorFailure) {
        let now = doors.clock.uptime()
        if let wait = everybody?.spend(0, at: now) { throw .tooMany(wait: wait) }
    }
}
