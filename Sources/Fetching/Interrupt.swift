import CCurl
import Outbound
import Synchronization

/// Ends waits: whatever its thread waits for, `raise` ends it, and every later wait at once.
final class Interrupt: Sendable {
    let multi = CurlMulti()
    private let raised = Atomic(false)

    deinit { multi.free() }

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
        multi.wake()
    }

    /// Until the socket is ready, or it is raised; at most until then.
    func wait(for socket: curl_socket_t, writing: Bool = false, until deadline: ContinuousClock.Instant) {
        let events = writing ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN
        var own = curl_waitfd(fd: socket, events: Int16(events), revents: 0)
        curl_multi_poll(multi.pointer, &own, 1, Self.milliseconds(until: deadline), nil)
    }

    /// Until then, unless it is raised.
    func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while !isRaised, ContinuousClock.now < end {
            curl_multi_poll(multi.pointer, nil, 0, Self.milliseconds(until: end), nil)
        }
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
        Int32(min(Curl.milliseconds(deadline - .now) + 1, 60_000))
    }
}
