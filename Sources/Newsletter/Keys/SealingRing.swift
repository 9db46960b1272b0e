import Crypto
import Synchronization

/// The sealing keys of a running process, shared by every copy of its keyring: when somebody on the host rotates them, all
/// take over the new ones and forget the old at once.
final class SealingRing: Sendable {
    private struct State {
        var keys: [UInt8: SymmetricKey]
        var source: (@Sendable () -> [UInt8: SymmetricKey]?)?
    }

    private let state: Mutex<State>

    init(_ keys: [UInt8: SymmetricKey]) {
        state = Mutex(State(keys: keys))
    }

    var keys: [UInt8: SymmetricKey] { state.withLock { $0.keys } }

    var newest: (number: UInt8, key: SymmetricKey)? {
        state.withLock { state in state.keys.max { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func follow(_ source: @escaping @Sendable () -> [UInt8: SymmetricKey]?) {
        state.withLock { $0.source = source }
    }

    func refreshed() -> [UInt8: SymmetricKey] {
        state.withLock { state in
            if let keys = state.source?(), !keys.isEmpty { state.keys = keys }
            return state.keys
        }
    }
}
