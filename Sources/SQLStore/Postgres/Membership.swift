import Mail
import Synchronization

/// This process's place among those that serve one database.
final class Membership: Sendable {
    private let state = Mutex((id: Int64(0), share: Share.whole))

    /// What it claims bears this number; 0 before it has joined.
    var id: Int64 { state.withLock { $0.id } }
    var share: Share { state.withLock { $0.share } }

    func take(_ id: Int64, _ share: Share) { state.withLock { $0 = (id, share) } }
}
