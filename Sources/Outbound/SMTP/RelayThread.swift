import CCurl
import Foundation
import Mail

/// The one thread that owns all connections to the relay. A round takes what was handed in, gives mails to connections and
/// writes, hands over the verdicts, waits, and reads.
final class RelayThread {
    typealias Instant = ContinuousClock.Instant

    let configuration: SMTPRelay.Configuration
    let queue: RelayQueue
    let multi: CurlMulti
    var waiting = WaitingMails()
    var verdicts = Verdicts()
    var connections: [SMTPConnection] = []
    var bucket: TokenBucket
    private var share = Share.whole
    var reach: Reach
    var round = OpeningRound()
    let name: String
    var hasRefused = false
    /// The relay has let us in since it last did not: more connections than one may try.
    var hasOpened = false
    /// Gets no further mail until it is idle, and then one that goes alone.
    var reserved: SMTPConnection?
    var stopBy: Instant?
    /// A stop waits no longer than this for replies that decide nothing: such a mail goes out again in any case.
    var undecidedBy = Instant.now
    static let patience: Duration = .seconds(2)
    var now = Instant.now

    /// How many of the connections curl is still opening, and whether some are closed.
    var connecting = 0
    var hasClosed = false
    /// Connections with which something has happened since they were last tended.
    private var touched: [SMTPConnection] = []
    /// Something has happened that may concern any connection: mails came, or came back.
    var mustTendAll = false
    /// No connection's time is up before this.
    var earliest = Instant.now

    let ready = ReadySockets()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)

    static func start(_ configuration: SMTPRelay.Configuration, queue: RelayQueue) {
        let thread = Thread { RelayThread(configuration, queue).run() }
        thread.name = "relay"
        thread.start()
    }

    private init(_ configuration: SMTPRelay.Configuration, _ queue: RelayQueue) {
        self.configuration = configuration
        self.queue = queue
        name = "\(configuration.address)"
        multi = queue.multiOfThread
        bucket = TokenBucket(rate: configuration.rate, now: .now)
        reach = Reach(configuration)
    }

    deinit { buffer.deallocate() }

    private func run() {
        while true {
            now = .now
            reach.lookAround()
            takeArrivals()
            openConnections()
            tendConnections()
            giveBackWhatCannotGo()
            verdicts.handOver()
            if hasClosed { removeClosed() }
            if stopBy != nil, connections.isEmpty { break }
            wait()
            now = .now
            takeConnected()
            takeReady()
        }
        queue.leave()
    }

    private func takeArrivals() {
        let arrivals = queue.takeArrivals()
        if !arrivals.batches.isEmpty || arrivals.stopBy != stopBy { mustTendAll = true }
        arrivals.batches.forEach { waiting.append($0) }
        if !arrivals.recalled.isEmpty { giveBack(arrivals.recalled) }
        if stopBy == nil { undecidedBy = now + Self.patience }
        stopBy = arrivals.stopBy
        if arrivals.share != share {
            share = arrivals.share
            bucket.setRate(configuration.rate / Double(share.count))
        }
    }

    /// Connections at once: one at least, however many share them.
    var connectionLimit: Int { max(1, share.part(of: configuration.connections)) }

    /// Under load a round is about one or two connections; the others are left alone.
    private func tendConnections() {
        if mustTendAll || now >= earliest {
            mustTendAll = false
            earliest = now + .seconds(60)
            for connection in connections {
                if connection.stage == .open { tend(connection) }
                earliest = min(earliest, connection.deadline)
            }
        } else {
            for connection in touched where connection.stage == .open { tend(connection) }
        }
        touched.removeAll(keepingCapacity: true)
    }

    private func removeClosed() {
        hasClosed = false
        // Their places are free for others.
        mustTendAll = true
        if reserved?.stage == .closed { reserved = nil }
        for connection in connections where connection.stage == .closed {
            ready.remove(connection)
            curl_multi_remove_handle(multi.pointer, connection.handle.pointer)
        }
        connections.removeAll { $0.stage == .closed }
    }

    // MARK: Waiting

    private func wait() {
        var until = earliest
        if let stopBy { until = min(until, stopBy, now < undecidedBy ? undecidedBy : stopBy) }
        if !waiting.isEmpty { until = min(until, nextChance) }
        if until <= now { mustTendAll = true }
        let milliseconds = now < until ? Curl.milliseconds(until - now) + 1 : 0
        earliest = until
        ready.wait(multi, isBusy: connecting > 0, milliseconds: milliseconds)
    }

    /// Whether a connection is waited for to take bytes, too.
    func watch(_ connection: SMTPConnection) {
        guard connection.stage == .open, connection.wantsToWrite != connection.isWatchedForWriting else { return }
        connection.isWatchedForWriting.toggle()
        ready.watch(connection, forWriting: connection.isWatchedForWriting)
    }

    /// When a mail that waits may go without anything else happening.
    private var nextChance: Instant {
        if mustTendAll { return now }
        if isHeldBack { return bucket.nextToken }
        return reach.notBefore > now ? reach.notBefore : now + .seconds(60)
    }

    // MARK: What the wait brought

    func takeConnected() {
        guard connecting > 0 else { return }
        multi.perform()
        for connection in connections where connection.stage == .connecting {
            connection.noteProgress(at: now)
            earliest = min(earliest, connection.deadline)
        }
        multi.takeDone { handle, result in
            guard let connection = connections.first(where: { $0.handle.pointer == handle }),
                connection.stage == .connecting
            else { return }
            connecting -= 1
            if let failure = connection.finishConnecting(result, configuration) {
                hasClosed = true
                mustTendAll = true
                openingFailed(failure, of: connection)
            } else {
                round.succeeded(at: now)
                hasOpened = true
                configuration.health?.opened(name, offersUTF8: connection.abilities.smtpUTF8)
                let lost = ready.add(connection)
                extendDeadline(of: connection)
                touched.append(connection)
                if let lost, lost.stage == .open { finish(lost, .lost("The relay closed the connection")) }
            }
        }
    }

    private func takeReady() {
        ready.take { connection, canRead in
            guard connection.stage == .open else { return }
            touched.append(connection)
            if canRead { read(connection) }
        }
    }

    private func read(_ connection: SMTPConnection) {
        let replies = connection.session.replies
        do {
            try connection.read(into: buffer)
        } catch {
            connection.session.end(.lost("The relay closed the connection"))
        }
        if connection.session.ended != nil { return close(connection) }
        takeOutcomes(of: connection)
        if connection.session.replies > replies { extendDeadline(of: connection) }
    }
}
