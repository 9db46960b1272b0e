package import Foundation

/// Events as the store keeps them. Those that change a subscription write them; nobody else does.
package protocol EventRecords {
    /// Takes those that are due, the first of each subscription: what came later waits behind it. One whose person is
    /// gone is taken away instead.
    func claimEvents(dueBefore now: Date, limit: Int) throws -> [ClaimedEvent]
    func hasEvents(dueBefore now: Date) throws -> Bool
    /// The receiver has it.
    func deleteEvent(_ id: Int64) throws
    /// Nothing was held against it; gone where its person is.
    func releaseEvent(_ id: Int64) throws
    func putOffEvent(_ id: Int64, until: Date, attempts: Int, failingSince: Date, status: String) throws
    /// The receiver takes nothing: for all that is due the day begins after which it is given up.
    func noteFailingReceiver(at now: Date) throws
    /// The receiver answers again: what was put off is due, and what was not tried has a day of its own.
    func noteAnsweringReceiver(at now: Date) throws
    /// Returns how many went.
    func giveUpEvents(failingSince horizon: Date) throws -> Int
    /// What this process has claimed is due again.
    func releaseEventClaims() throws
    /// Those that nobody is told of any more; of the others, what happened before `horizon`, where there is one. Returns how many
    /// went.
    func deleteEvents(otherThan kinds: Set<OutgoingEvent.Kind>, before horizon: Date?) throws -> Int
    func waitingEvents() throws -> WaitingEvents
    /// Events that would tell of somebody who is gone.
    func eventsOfNobody() throws -> Int
}
