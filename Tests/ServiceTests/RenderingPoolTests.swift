import Dispatch
import Newsletter
import Synchronization
import Testing

@Suite struct RenderingPoolTests {
    /// Work that goes on until it is let go.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        private let begun = AsyncStream<Void>.makeStream()

        func pass() {
            begun.continuation.yield()
            semaphore.wait()
        }
        func open(_ count: Int = 1) { for _ in 0..<count { semaphore.signal() } }
        func waitForBeginnings(_ count: Int) async {
            var left = count
            for await _ in begun.stream {
                left -= 1
                if left == 0 { return }
            }
        }
    }

    private final class Count: Sendable {
        private let state = Mutex((now: 0, most: 0))

        func begin() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func end() { state.withLock { $0.now -= 1 } }
        var most: Int { state.withLock(\.most) }
    }

    @Test func `two texts are read at a time, and the third when one is done`() async throws {
        let (pool, gate, running) = (RenderingPool(), Gate(), Count())
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<5 {
                group.addTask {
                    try await pool.run {
                        running.begin()
                        gate.pass()
                        running.end()
                        return number
                    }
                }
            }
            await gate.waitForBeginnings(2)
            gate.open(5)
            return try await group.reduce(0, +)
        }
        #expect(sum == 10)
        #expect(running.most == 2)
    }

    @Test func `whoever waits too long is told, and what is shown to visitors is waited for`() async throws {
        let (pool, gate, shownGate) = (RenderingPool(patience: .zero), Gate(), Gate())
        async let shown = pool.run(patiently: true) {
            shownGate.pass()
            return 7
        }
        await shownGate.waitForBeginnings(1)
        await #expect(throws: Refusal.tooCostly) { try await pool.run { gate.pass() } }
        gate.open()
        shownGate.open()
        #expect(try await shown == 7)
    }

    @Test func `where too many wait the next is told to come again`() async throws {
        let (pool, gate) = (RenderingPool(patience: .seconds(600)), Gate())
        try await withThrowingTaskGroup { group in
            for _ in 0..<2 { group.addTask { try await pool.run { gate.pass() } } }
            await gate.waitForBeginnings(2)
            // Of so many more, sixteen wait.
            for _ in 0..<40 { group.addTask { try await pool.run {} } }
            var busy = 0
            for _ in 0..<24 {
                do { try await group.next() } catch Refusal.busy { busy += 1 }
            }
            #expect(busy == 24)
            gate.open(2)
            try await group.waitForAll()
        }
    }

    @Test func `what the work throws is thrown`() async {
        await #expect(throws: Refusal.noRecipients) { try await RenderingPool().run { throw Refusal.noRecipients } }
    }
}
