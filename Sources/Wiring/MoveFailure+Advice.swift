import SQLStore

/// What to do where nothing is moved, or not all of it.
extension MoveFailure {
    func advice(from origin: Settings, to destination: Settings) -> String {
        let (from, to) = ("\(origin.store)", "\(destination.store)")
        let emptied = "\(destination.emptying), then run courantd move again"
        return switch self {
        case .samePlace: "\(from) is both where the records are and where they are to go: name another place."
        case .nothingThere: "There is no database of Courant's at \(from): look at --from again."
        case .opening(let opening, .origin): opening.advice(origin)
        case .opening(let opening, .destination): opening.advice(destination)
        case .gone(let place):
            "The records of \(from) have moved to \(place): point store.url there. What is at \(from) is an old copy."
        case .unfinished(let place):
            "\(from) is not whole: a move from \(place) to it was interrupted. Finish that first."
        case .changedSince:
            "\(from) was used since the move began, so that what is at \(to) is not the same any more: \(emptied)."
        case .otherMove(let place):
            "\(to) is half of a move from \(place): finish that one, or \(emptied)."
        case .oldCopy(let place):
            "\(to) is the old copy of what has moved to \(place), and nothing is overwritten: \(emptied)."
        case .occupied: "\(to) holds records already, and nothing is overwritten: name another place, or \(emptied)."
        case .otherLedger(let path):
            "\(path) is another ledger of erasures, or knows of somebody who has left and is still at \(from): look whose it is, "
                + "and move it away only if it is not this installation's."
        case .different(let table):
            "The table \(table) is not the same at \(to) as at \(from). \(to) is not served: \(emptied)."
        case .stopped(let why):
            "The move stopped: \(why.replacing(": it is tried again by itself", with: "")). What has been copied stays: run it "
                + "again, and it goes on where it was."
        }
    }
}

extension Settings {
    /// How a place is made free.
    package var emptying: String {
        guard let path = databaseFile else { return "drop the database at \(store) and create it anew" }
        return "move \(path), \(path)-wal and \(path)-shm away, or delete them"
    }
}
