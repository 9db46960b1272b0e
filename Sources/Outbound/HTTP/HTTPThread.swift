import CCurl
import Foundation

/// The one thread that moves all of a client's transfers.
final class HTTPThread {
    private let configuration: HTTPClient.Configuration
    private let desk: TransferQueue
    private let sockets: HTTPSockets
    private var multi: CurlMulti { sockets.multi }
    private var exchanges: [UnsafeMutableRawPointer: HTTPExchange] = [:]
    private var nextLook = ContinuousClock.now
    /// Handles to use again.
    private var spare: [HTTPHandle] = []

    static func start(_ configuration: HTTPClient.Configuration, desk: TransferQueue) {
        let thread = Thread { HTTPThread(configuration, desk).run() }
        thread.name = "https"
        thread.start()
    }

    private init(_ configuration: HTTPClient.Configuration, _ desk: TransferQueue) {
        self.configuration = configuration
        self.desk = desk
        sockets = HTTPSockets()
        _ = ccurl_multi_set_long(multi.pointer, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        _ = ccurl_multi_set_long(multi.pointer, CURLMOPT_MAXCONNECTS, max(16, configuration.connectionsPerHost))
    }

    private func run() {
        while true {
            let (orders, isClosed) = desk.takeOrders()
            orders.forEach(take)
            guard !isClosed else { break }
            sockets.work()
            multi.takeDone { handle, result in end(handle) { $0.finish(result) } }
            endOverdue()
            desk.wait(sockets.set, milliseconds: exchanges.isEmpty ? 60_000 : min(sockets.patience, 1_000))
        }
        for handle in Array(exchanges.keys) { end(handle) { $0.fail(.cancelled) } }
    }

    /// Looked at once a second.
    private func endOverdue() {
        let now = ContinuousClock.now
        guard now >= nextLook else { return }
        nextLook = now + .seconds(1)
        for (handle, exchange) in exchanges where exchange.isOverdue(at: now) { end(handle) { $0.fail(.timedOut) } }
    }

    private func take(_ order: TransferQueue.Order) {
        switch order {
        case .begin(let transfer):
            guard !transfer.isCancelled else { return transfer.answer(.failure(.cancelled)) }
            let exchange = HTTPExchange(transfer, spare.popLast() ?? HTTPHandle(configuration))
            exchanges[exchange.handle.curl.pointer] = exchange
            curl_multi_add_handle(multi.pointer, exchange.handle.curl.pointer)
        case .cancel(let transfer):
            guard let handle = handle(of: transfer) else { return }
            end(handle) { $0.fail(.cancelled) }
        case .resume(let transfer):
            guard let handle = handle(of: transfer) else { return }
            curl_easy_pause(handle, CURLPAUSE_CONT)
        }
    }

    private func handle(of transfer: HTTPTransfer) -> UnsafeMutableRawPointer? {
        exchanges.first { $0.value.transfer === transfer }?.key
    }

    private func end(_ handle: UnsafeMutableRawPointer, _ body: (HTTPExchange) -> Void) {
        guard let exchange = exchanges.removeValue(forKey: handle) else { return }
        curl_multi_remove_handle(multi.pointer, handle)
        body(exchange)
        if spare.count < 64 { spare.append(exchange.handle) }
    }
}
