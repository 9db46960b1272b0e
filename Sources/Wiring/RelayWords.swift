import Foundation
import Logging
import Mail
import Newsletter
import Outbound

/// What the log says of a relay: one warning when its trouble begins, and one line when it is over. No address of a person
/// and no secret is in either.
enum RelayWords {
    static func tell(_ change: RelayHealth.Change, _ logger: Logger?) {
        switch change {
        case .failed(let failure): Measures.count(failure)
        case .began(let trouble):
            logger?.warning(
                "a relay is in trouble",
                metadata: ["relay": "\(trouble.relay)", "cause": "\(trouble.cause.plainWords)"])
        case .ended(let trouble, let now):
            logger?.info(
                "a relay is well again",
                metadata: ["relay": "\(trouble.relay)", "after": "\((now - trouble.since).inWords)"])
        }
    }
}
