import CCurl
import Foundation

/// The open connections, by socket, and which of them are ready. With `poll`, a round cost as much as all connections
/// together, and at 32 of them half of a mail's CPU; this set is one descriptor among those that curl waits for.
final class ReadySockets {
    private let set = cready_open()
    private var connections: [curl_socket_t: SMTPConnection] = [:]
    private var events = [cready_event](repeating: cready_event(), count: 64)
    /// How many of the events are still to be taken.
    private var found = 0

    deinit { close(set) }

    /// Waits for curl's own sockets, a wake-up, or any of these. Under load some of these are ready already, and it is not
    /// waited at all; `isBusy` says that curl is doing something itself and must be asked.
    func wait(_ multi: CurlMulti, isBusy: Bool, milliseconds: Int) {
        found = Int(cready_take(set, &events, Int32(events.count)))
        guard found <= 0 || isBusy else { return }
        var own = curl_waitfd(fd: set, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        curl_multi_poll(multi.pointer, &own, 1, found > 0 ? 0 : Int32(min(milliseconds, 60_000)), nil)
        if found <= 0 { found = Int(cready_take(set, &events, Int32(events.count))) }
    }

    /// Returns the connection that had this socket and has lost it.
    func add(_ connection: SMTPConnection) -> SMTPConnection? {
        cready_watch(set, connection.socket, false, true)
        return connections.updateValue(connection, forKey: connection.socket)
    }

    func watch(_ connection: SMTPConnection, forWriting: Bool) {
        cready_watch(set, connection.socket, forWriting, false)
    }

    func remove(_ connection: SMTPConnection) {
        if connections[connection.socket] === connection { connections[connection.socket] = nil }
    }

    func take(_ body: (SMTPConnection, _ canRead: Bool) -> Void) {
        for index in 0..<max(0, found) {
            if let connection = connections[events[index].socket] { body(connection, events[index].can_read) }
        }
        found = 0
    }
}
