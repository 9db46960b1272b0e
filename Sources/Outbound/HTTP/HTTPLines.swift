import Synchronization

/// The lines of an answer's body, without their line ends, as they come. The server is held back while nobody reads.
package struct HTTPLines: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = HTTPFailure

    /// Ends the transfer when the last holder of the lines lets go.
    fileprivate final class Subscription: Sendable {
        let transfer: HTTPTransfer
        let desk: TransferQueue

        init(transfer: HTTPTransfer, desk: TransferQueue) {
            self.transfer = transfer
            self.desk = desk
        }

        deinit { _ = desk.hand(.cancel(transfer)) }
    }

    private let subscription: Subscription

    init(transfer: HTTPTransfer, desk: TransferQueue) {
        subscription = Subscription(transfer: transfer, desk: desk)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(subscription: subscription) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let subscription: Subscription

        package func next() async throws(HTTPFailure) -> [UInt8]? {
            let transfer = subscription.transfer
            let desk = subscription.desk
            guard let queue = transfer.lines else { return nil }
            let (line, mayResume) = await withTaskCancellationHandler {
                await queue.next()
            } onCancel: {
                _ = desk.hand(.cancel(transfer))
            }
            if mayResume { _ = desk.hand(.resume(transfer)) }
            return try line.get()
        }
    }
}

/// Lines that have come and have not been read yet.
final class HTTPLineQueue: Sendable {
    typealias Line = Result<[UInt8]?, HTTPFailure>

    struct State {
        var lines: [[UInt8]] = []
        var first = 0
        var bytes = 0
        var unfinished: [UInt8] = []
        var end: Line?
        var isHeld = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    enum Taken { case taken, full, tooLong }

    private static let most = 256 * 1024
    private let longestLine: Int
    private let state = Mutex(State())

    init(longestLine: Int) { self.longestLine = longestLine }

    /// All of the bytes, or none of them while too many wait.
    func append(_ bytes: UnsafeRawBufferPointer) -> Taken {
        let (taken, waiter) = state.withLock { state -> (Taken, CheckedContinuation<Void, Never>?) in
            guard state.bytes < Self.most else {
                state.isHeld = true
                return (.full, nil)
            }
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    state.unfinished.append(byte)
                    continue
                }
                state.finishLine()
            }
            guard state.unfinished.count <= longestLine else { return (.tooLong, nil) }
            return (.taken, state.first < state.lines.count ? state.waiter.take() : nil)
        }
        waiter?.resume()
        return taken
    }

    func finish(_ failure: HTTPFailure?) {
        let waiter = state.withLock { state in
            if !state.unfinished.isEmpty, failure == nil { state.finishLine() }
            if state.end == nil { state.end = failure.map { .failure($0) } ?? .success(nil) }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// The next line, nil at the end; and whether a server that was held back may go on.
    func next() async -> (Line, mayResume: Bool) {
        while true {
            if let next = state.withLock({ $0.next() }) { return next }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.first == state.lines.count, state.end == nil else { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}

extension HTTPLineQueue.State {
    fileprivate mutating func finishLine() {
        if unfinished.last == UInt8(ascii: "\r") { unfinished.removeLast() }
        bytes += unfinished.count + 32
        lines.append(unfinished)
        unfinished = []
    }

    fileprivate mutating func next() -> (HTTPLineQueue.Line, mayResume: Bool)? {
        guard first < lines.count else { return end.map { ($0, false) } }
        let line = lines[first]
        first += 1
        bytes -= line.count + 32
        if first == lines.count {
            lines.removeAll()
            first = 0
        }
        guard isHeld, bytes == 0 else { return (.success(line), false) }
        isHeld = false
        return (.success(line), true)
    }
}
