package import Foundation

/// A table that has arrived: on both sides the same.
package struct MovedRows: Sendable, Equatable {
    package let table: String
    package let rows: Int
    /// SHA-256 over all rows in the order of their key.
    package let digest: Data
}

/// Why nothing was moved, or not all of it; what has not been moved is as it was.
package enum MoveFailure: Error, Equatable {
    case samePlace
    case nothingThere
    case opening(StoreOpening, MoveSide)
    /// The origin's records have moved away already.
    case gone(to: String)
    /// The origin is not whole itself.
    case unfinished(from: String)
    /// The origin was used after the move had begun.
    case changedSince
    /// The destination is half of another move.
    case otherMove(from: String)
    /// The destination is what a move has left behind.
    case oldCopy(movedTo: String)
    /// There are records at the destination.
    case occupied
    /// The destination has another ledger of erasures.
    case otherLedger(path: String)
    case different(table: String)
    /// An engine says why.
    case stopped(String)
}

/// Which house.
package enum MoveSide: Sendable, Equatable {
    case origin, destination
}
