import Foundation
import Mail
package import Newsletter
import Outbound
import SQLStore
package import Wiring

/// Relays that lie, and who suffers from it.
extension TestApp {
    /// Handed to a scripted relay over a socket, with the settings as they are shipped.
    package static func start(
        on engine: Engine = .usual, through script: SMTPScript, connections: Int = 4,
        _ change: (inout Settings) throws -> Void = { _ in }
    ) async throws -> TestApp {
        try await start(
            on: engine, through: SMTPRelay(configuration: .local(port: script.port, connections: connections)), change)
    }

    package func restart(through script: SMTPScript) async throws -> TestApp {
        try await restart(through: SMTPRelay(configuration: .local(port: script.port)))
    }

    /// On `news`: in this order, without any mail.
    package func fill(addresses: [String]) async throws {
        let now = clock.wall.now()
        let keyring = courant.keyring
        guard let slug = Slug("news") else { throw TestFailure("no slug") }
        let list = try await courant.lists.show(slug).list
        try await courant.store.write { tx in
            for address in addresses {
                let id = SubscriptionID.random()
                let person = Person(address: try EmailAddress(address), name: nil)
                let subscription = Subscription(
                    id: id, list: list, person: try keyring.seal(person, for: id), language: .english, state: .active,
                    basis: .consent, source: "form",
                    consent: Consent(text: "", policy: "1", askedAt: now, confirmedAt: now), activeSince: now,
                    lastActivity: now, lastNotified: nil)
                try tx.insert(subscription, digest: keyring.digest(of: person.address))
            }
        }
    }

    /// Of everybody.
    package func held() async throws -> HeldStanding { try await courant.bounces.show() }

    /// Time goes by, and the held are swept.
    @discardableResult package func sweepHeld(after time: Duration) async throws -> BounceSweep {
        clock.advance(time)
        return try await courant.bounces.sweep()
    }

    /// How many there are, whatever is the matter with them.
    package func everybody() async throws -> Int {
        let list = try await courant.lists.all()[0]
        return list.active + list.pending + list.held
    }
}

extension SMTPScript {
    /// Whose mail was taken, once for each mail.
    package var takenBy: [String] {
        received.flatMap(\.recipients).map { line in
            String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
        }
    }
}
