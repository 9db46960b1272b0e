import Foundation
import Synchronization

/// A relay that takes everything, as lightly as can be, or as badly as it is told to.
///
/// One thread, no copy of what it is given: it costs a fraction of `smtp-sink`, so that what is measured is the client.
/// With a journal it notes who got what and when; with cues it falls ill at a known moment of a campaign.
package final class SMTPSink: Sendable {
    package let port: Int
    package let journal: SinkJournal?
    private let isStopped = Atomic(false)
    private let orders = Mutex<[SinkFault]>([])
    private let hasLeft = DispatchSemaphore(value: 0)

    package init(
        port: Int = 0, delays: SinkDelays = SinkDelays(), journal: SinkJournal? = nil, cues: [SinkCue] = []
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        let (listener, port) = try Sockets.listener(port: port)
        self.port = port
        self.journal = journal
        let thread = Thread { [self] in
            SinkLoop(listener, port: port, delays: delays, journal: journal, cues: cues).run(
                faults: { orders.withLock { $0.isEmpty ? nil : $0.removeFirst() } },
                until: { isStopped.load(ordering: .acquiring) })
            hasLeft.signal()
        }
        thread.name = "sink"
        thread.start()
    }

    /// Falls ill within a tenth of a second.
    package func befall(_ fault: SinkFault) { orders.withLock { $0.append(fault) } }

    /// Hangs up and is gone when this returns, a tenth of a second later at the most.
    package func stop() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        hasLeft.wait()
    }
}
