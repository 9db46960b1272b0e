import CCurl
import Foundation
import Mail

/// The one thread that owns all connections to the relay. A round takes what was handed in, gives mails to connections and
/// writes, hands over the verdicts, waits, and reads.
final class RelayThread {
    typealias Instant = ContinuousClock.Instant

    let configuration: SMTPRelay.Configuration
    let door: RelayDoor
    let multi: CurlMulti
    var waiting = WaitingMails()
    var verdicts = Verdicts()
    var connections: [SMTPConnection] = []
    var bucket: TokenBucket
    var reach: Reach
    var stopBy: Instant?
    var now = Instant.now

    private var waits: [curl_waitfd] = []
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)

    static func start(_ configuration: SMTPRelay.Configuration, door: RelayDoor) {
        let thread = Thread { RelayThread(configuration, door).run() }
        thread.name = "relay"
        thread.start()
    }

    private init(_ configuration: SMTPRelay.Configuration, _ door: RelayDoor) {
        self.configuration = configuration
        self.door = door
        multi = door.multiOfThread
        bucket = TokenBucket(rate: configuration.rate, now: .now)
        reach = Reach(backoff: configuration.backoff)
    }

    deinit { buffer.deallocate() }

    private func run() {
        while true {
            now = .now
            takeArrivals()
            openConnections()
            for connection in connections where connection.stage == .open { tend(connection) }
            giveBackWhatCannotGo()
            verdicts.handOver()
            removeClosed()
            if stopBy != nil, connections.isEmpty { break }
            wait()
            now = .now
            takeConnected()
            takeReadable()
        }
        door.leave()
    }

    private func takeArrivals() {
        let arrivals = door.takeArrivals()
        arrivals.batches.forEach { waiting.append($0) }
        stopBy = arrivals.stopBy
    }

    private func removeClosed() {
        guard connections.contains(where: { $0.stage == .closed }) else { return }
        for connection in connections where connection.stage == .closed {
            curl_multi_remove_handle(multi.pointer, connection.handle.pointer)
        }
        connections.removeAll { $0.stage == .closed }
    }

    // MARK: Waiting

    private func wait() {
        waits.removeAll(keepingCapacity: true)
        var until = stopBy ?? now + .seconds(60)
        for connection in connections {
            until = min(until, connection.deadline)
            guard connection.stage == .open else { continue }
            let events = connection.wantsToWrite ? CURL_WAIT_POLLIN | CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN
            waits.append(curl_waitfd(fd: connection.socket, events: Int16(events), revents: 0))
        }
        if !waiting.isEmpty { until = min(until, nextChance) }
        let milliseconds = now < until ? Curl.milliseconds(until - now) + 1 : 0
        curl_multi_poll(multi.pointer, &waits, UInt32(waits.count), Int32(min(milliseconds, 60_000)), nil)
    }

    /// When a mail that waits may go without anything else happening.
    private var nextChance: Instant {
        if bucket.nextToken > now { return bucket.nextToken }
        if reach.notBefore > now { return reach.notBefore }
        let isWanted = connections.contains { $0.stage == .open && $0.session.wantsMail }
        return isWanted || missingConnections > 0 ? now : now + .seconds(60)
    }

    // MARK: What the wait brought

    private func takeConnected() {
        guard connections.contains(where: { $0.stage == .connecting }) else { return }
        multi.perform()
        multi.takeDone { handle, result in
            guard let connection = connections.first(where: { $0.handle.pointer == handle }),
                connection.stage == .connecting
            else { return }
            if let failure = connection.finishConnecting(result, configuration) {
                reach.failed(failure, at: now)
            } else {
                extendDeadline(of: connection)
            }
        }
    }

    private func takeReadable() {
        var index = 0
        for connection in connections where connection.stage == .open {
            // A connection that has just been opened was not waited for.
            guard index < waits.count, waits[index].fd == connection.socket else { continue }
            defer { index += 1 }
            if waits[index].revents & ~Int16(CURL_WAIT_POLLOUT) != 0 { read(connection) }
        }
    }

    private func read(_ connection: SMTPConnection) {
        do {
            let replies = connection.session.replies
            try connection.read(into: buffer)
            if connection.session.replies > replies { extendDeadline(of: connection) }
        } catch {
            connection.session.end(.lost("The relay closed the connection"))
            close(connection, blameless: true)
            return
        }
        takeOutcomes(of: connection, blameless: true)
        if connection.session.ended != nil { close(connection, blameless: true) }
    }
}
