import CCurl
import Synchronization

/// A request under way, as the task that waits for it and the client's thread both know it.
final class HTTPTransfer: Sendable {
    typealias Answer = Result<HTTPResponse, HTTPFailure>

    let request: HTTPRequest
    /// Where the body's lines go; nil where the body is part of the answer.
    let lines: HTTPLineQueue?

    private let waiter = Mutex<CheckedContinuation<Answer, Never>?>(nil)
    private let cancelled = Atomic(false)

    init(_ request: HTTPRequest, lines: HTTPLineQueue?) {
        self.request = request
        self.lines = lines
    }

    /// How long it takes is not known beforehand.
    var isEndless: Bool { lines != nil || request.file != nil }

    func expect(_ continuation: CheckedContinuation<Answer, Never>) {
        waiter.withLock { $0 = continuation }
    }

    /// Only the first answer counts.
    func answer(_ answer: Answer) {
        waiter.withLock { $0.take() }?.resume(returning: answer)
    }

    /// A cancellation may overtake the beginning.
    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }
    func cancel() { cancelled.store(true, ordering: .relaxed) }
}

/// Between the client's thread and everybody else.
final class TransferQueue: Sendable {
    enum Order { case begin(HTTPTransfer), cancel(HTTPTransfer), resume(HTTPTransfer) }

    /// Holds no transfers: it is there to be waited at, and woken.
    private let bell = CurlMulti()
    private let state = Mutex<(orders: [Order], isClosed: Bool)>(([], false))

    deinit { bell.free() }

    /// For the client's thread: until somebody hands in an order, `set` has something, or the time is up.
    func wait(_ set: Int32, milliseconds: Int) {
        var own = curl_waitfd(fd: set, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        curl_multi_poll(bell.pointer, &own, 1, Int32(min(milliseconds, 60_000)), nil)
    }

    /// False once the client is closed.
    func hand(_ order: Order) -> Bool {
        if case .cancel(let transfer) = order { transfer.cancel() }
        return state.withLock { state in
            guard !state.isClosed else { return false }
            state.orders.append(order)
            if state.orders.count == 1 { bell.wake() }
            return true
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            bell.wake()
        }
    }

    func takeOrders() -> (orders: [Order], isClosed: Bool) {
        state.withLock { state in
            defer { state.orders.removeAll() }
            return state
        }
    }
}
