import Foundation

/// A database's part in a move.
struct MoveStanding: Equatable {
    enum State: String {
        /// Its records are being copied. Whoever opens it for anything else ends that.
        case leaving
        /// It is not whole yet.
        case arriving
        /// It is an old copy: whoever leaves from now on is still in it.
        case left
    }

    let state: State
    /// The same on both sides.
    let mark: Data
    /// Where the other side is, without a password.
    let place: String
}

extension SQLConnection {
    func moveStanding() throws -> MoveStanding? {
        try first("SELECT move_state, move_mark, move_place FROM installation WHERE move_state IS NOT NULL") { row in
            MoveStanding(
                state: try row.word(0) { MoveStanding.State(rawValue: $0) }, mark: try row.bytes(1),
                place: try row.text(2))
        }
    }

    func setMoveStanding(_ standing: MoveStanding?) throws {
        try execute(
            """
            UPDATE installation SET move_state = \(standing?.state.rawValue), move_mark = \(standing?.mark),
                move_place = \(standing?.place)
            """)
    }

    /// At an opening for any use but a move: what has left, or has not arrived, is not used; and what was leaving stays,
    /// for it may change from here on.
    func takeUp() throws {
        guard let standing = try moveStanding() else { return }
        switch standing.state {
        case .left: throw StoreOpening.movedAway(to: standing.place)
        case .arriving: throw StoreOpening.halfMoved(from: standing.place)
        case .leaving: try setMoveStanding(nil)
        }
    }
}
