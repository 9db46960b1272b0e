import Logging
import Newsletter
import ServiceLifecycle
import Testing
import Wiring

/// A process serves in one group of services after the other: it waits for its database, then it serves.
@Suite struct StopWishTests {
    /// Ends by itself, as soon as it runs.
    private struct Brief: Service {
        func run() async throws {}
    }

    private func group(_ services: [ServiceGroupConfiguration.ServiceConfiguration]) -> ServiceGroup {
        ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: Logger(label: "test")))
    }

    @Test func `a wish that comes between two groups ends the second`() async throws {
        let stop = StopWish()
        try await group([
            .init(service: Brief(), successTerminationBehavior: .gracefullyShutdownGroup), .init(service: stop),
        ]).run()
        #expect(!stop.isThere)
        stop.come()
        try await group([.init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup)]).run()
    }

    @Test func `one that comes while a group runs ends it`() async throws {
        let stop = StopWish()
        let running = Task {
            try await group([.init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup)]).run()
        }
        stop.come()
        try await running.value
    }

    @Test func `a group that is cancelled does not wait for it`() async throws {
        let stop = StopWish()
        let running = Task { try await group([.init(service: stop)]).run() }
        running.cancel()
        _ = await running.result
        #expect(!stop.isThere)
    }
}
