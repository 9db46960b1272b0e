import CourantTesting
import Foundation
import Synchronization
import Testing
import Trials

@Suite(.timeLimit(.minutes(20))) struct SlowClientTests {
    /// Twice as many slow clients as there are places. How fast it is, the benchmark `slow-clients` tells; here everybody must
    /// be answered at all, in little memory.
    @Test func `two thousand slow clients keep nobody from signing up`() async throws {
        try await Host.with { host in
            host.set(["limits.connections": "1000", "log.level": "info"])
            let service = try await host.serve()
            try await host.furnish()
            let port = host.port
            let (areOpen, isOver) = (Flag(), Flag())
            let slow = Task.detached {
                try SlowClients.run(port: port, count: 2000, areOpen: areOpen.raise) { isOver.isRaised }
            }
            try await eventually("all are open") { areOpen.isRaised }
            let answers = try await Task.detached {
                var number = 0
                return try HTTPLoad(port: port, connections: 8, rate: 40) {
                    number += 1
                    return number > 200 ? nil : .form("/subscribe", "email=ann\(number)%40example.org&list=news")
                }.run()
            }.value
            isOver.raise()
            #expect(try await slow.value >= 1000)
            #expect(answers.count { $0.status == 303 } == 200)
            #expect(peakMemory(of: String(service.pid)) < 200_000_000)
            service.signal(SIGTERM)
            #expect(try await service.ended(within: .seconds(60)).code == 0)
        }
    }
}

private final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .relaxed) }
    @Sendable func raise() { raised.store(true, ordering: .relaxed) }
}
