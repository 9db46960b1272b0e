package import Foundation
package import Newsletter
package import Wiring

/// What a company's other programs hear of.
extension TestApp {
    package static let hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    /// That receiver is told of everything.
    package static func start(
        on engine: Engine = .usual, telling receiver: ReceiverStub, directory: URL? = nil,
        _ change: (inout EventReceiverSettings) -> Void = { _ in }
    ) async throws -> TestApp {
        let told = try receiver.settings(change)
        return try await start(on: engine, directory: directory) { $0.eventReceiver = told }
    }

    /// Until nothing is due. Returns how many attempts were made.
    @discardableResult package func tell() async throws -> Int {
        guard let events = courant.events else { throw TestFailure("there is no receiver") }
        return try await events.drain()
    }

    package var waitingEvents: WaitingEvents {
        get async throws { try await courant.store.read { try $0.waitingEvents() } }
    }
}

extension ReceiverStub {
    package func settings(_ change: (inout EventReceiverSettings) -> Void = { _ in }) throws -> EventReceiverSettings {
        guard let signing = StandardWebhook(key: TestApp.hookSecret) else { throw TestFailure("no secret") }
        var settings = EventReceiverSettings(
            url: url, name: "our customer register, run by Example CRM AS", signing: signing)
        settings.mayBeInside = true
        change(&settings)
        return settings
    }
}
