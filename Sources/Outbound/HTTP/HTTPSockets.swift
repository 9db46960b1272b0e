import CCurl
import Foundation

/// A curl_multi that is told which of its sockets are ready, and looks at no others: with some hundred questions under way,
/// going through all of them each time was most of what one cost.
final class HTTPSockets {
    let multi = CurlMulti()
    let set = cready_open()
    /// When curl wants to be called although no socket is ready.
    private var due: ContinuousClock.Instant?
    private var watched: Set<curl_socket_t> = []
    private var events = [cready_event](repeating: cready_event(), count: 64)

    init() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_listen(
            multi.pointer,
            { _, socket, what, context, _ in
                if let context { HTTPSockets.of(context).watch(socket, what) }
                return 0
            },
            { _, milliseconds, context in
                if let context { HTTPSockets.of(context).wakeIn(milliseconds) }
                return 0
            }, context)
    }

    deinit {
        multi.free()
        close(set)
    }

    private static func of(_ context: UnsafeMutableRawPointer) -> HTTPSockets {
        Unmanaged<HTTPSockets>.fromOpaque(context).takeUnretainedValue()
    }

    private func watch(_ socket: curl_socket_t, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            if watched.remove(socket) != nil { cready_forget(set, socket) }
        } else {
            cready_watch(set, socket, what & CURL_POLL_OUT != 0, watched.insert(socket).inserted)
        }
    }

    private func wakeIn(_ milliseconds: Int) {
        due = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }

    /// How long to wait at most, in milliseconds.
    var patience: Int {
        guard let due else { return 60_000 }
        let left = due - .now
        return left <= .zero ? 0 : Curl.milliseconds(left) + 1
    }

    /// Lets curl do what is to be done now.
    func work() {
        var running: Int32 = 0
        let count = Int(cready_take(set, &events, Int32(events.count)))
        for event in events.prefix(max(0, count)) {
            let what = (event.can_read ? CURL_CSELECT_IN : 0) | (event.can_write ? CURL_CSELECT_OUT : 0)
            curl_multi_socket_action(multi.pointer, event.socket, what, &running)
        }
        guard let due, due <= .now else { return }
        self.due = nil
        curl_multi_socket_action(multi.pointer, CURL_SOCKET_TIMEOUT, 0, &running)
    }
}
