import Mail
import Newsletter

/// What must follow the commit of a transaction's changes: the commit does it, before anybody is answered. What a change
/// leaves here goes with it where the change fails.
final class CommitEffects {
    /// Whose claimed mails must not start any more.
    private(set) var stops: [SendGuard.Stop] = []
    /// The same for what other processes have claimed: they are to have heard of it.
    private(set) var remoteClaims: [RemoteClaim] = []
    /// To be written to the ledger.
    private(set) var entries: [LedgerEntry] = []
    /// Bytes are to be scrubbed.
    var mustScrub = false
    /// Something is due to be sent.
    var mustRing = false
    /// Something is to be told to a receiver.
    var mustTell = false
    /// What happens stands in the ledger already.
    var isReplay = false

    func add(_ stop: SendGuard.Stop) { stops.append(stop) }
    func add(_ found: [RemoteClaim]) { remoteClaims += found }
    func add(_ entry: LedgerEntry) { entries.append(entry) }

    // MARK: Undoing

    struct Mark {
        fileprivate var (stops, remoteClaims, entries) = (0, 0, 0)
        fileprivate var (mustScrub, mustRing, mustTell) = (false, false, false)
    }

    var mark: Mark {
        var mark = Mark()
        (mark.stops, mark.remoteClaims, mark.entries) = (stops.count, remoteClaims.count, entries.count)
        (mark.mustScrub, mark.mustRing, mark.mustTell) = (mustScrub, mustRing, mustTell)
        return mark
    }

    func forget(since mark: Mark = Mark()) {
        stops.removeSubrange(mark.stops...)
        remoteClaims.removeSubrange(mark.remoteClaims...)
        entries.removeSubrange(mark.entries...)
        (mustScrub, mustRing, mustTell) = (mark.mustScrub, mark.mustRing, mark.mustTell)
    }
}
