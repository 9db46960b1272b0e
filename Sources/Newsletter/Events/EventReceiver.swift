package import Foundation

/// Where events go.
package protocol EventReceiver: Sendable {
    /// One attempt. `mayStart` is asked at the last moment before anything is sent, and not after it.
    func deliver(_ message: EventMessage, at now: Date, mayStart: @escaping @Sendable () -> Bool) async -> EventOutcome
}

/// What became of one attempt.
package enum EventOutcome: Sendable, Equatable {
    case delivered
    /// It did not start: its person has gone or moved meanwhile, or the service stops.
    case recalled
    /// With a word for the operator: a status such as `500`, or one of `EventFailure`.
    case failed(String)
}

/// Why there was no answer.
package enum EventFailure: String, Sendable, CaseIterable {
    case unreachable, insecure, garbled
    case timedOut = "timed-out"
    /// The name leads to an address on the inside of the network.
    case inside
    case malformed
}
