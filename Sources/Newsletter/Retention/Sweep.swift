/// What one sweep erased, and whom it asked: counts alone.
package struct Sweep: Sendable, Equatable {
    /// Sign-ups that nobody confirmed.
    package var expired = 0
    /// Quiet for as long as their rule allows.
    package var ended = 0
    /// On a list that was closed.
    package var closed = 0
    /// Imported, and not to be told of it within a month.
    package var uninformed = 0
    /// Asked whether to be kept.
    package var asked = 0
    /// Not done: a person has to look at it first.
    package var held: [HeldSweep] = []
    package var clock = ClockStanding.right
    /// Closed long ago, and gone from the register.
    package var requests = 0

    package init() {}

    package var erased: Int { expired + ended + closed + uninformed }
}
