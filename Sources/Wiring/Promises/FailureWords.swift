import Foundation
import Logging
import Newsletter
import Outbound
import Rendering
import SQLStore

/// What a check that could not look says, whatever it has met: what it was and what to do about it. The name of a type tells
/// nobody anything; what has no words here is a fault of ours, and its name goes to the log.
struct FailureWords {
    let webServices: String
    let settings: Settings
    let logger: Logger

    func words(_ error: any Error) -> String {
        switch error {
        case let failure as HTTPFailure: "The service at \(webServices) \(failure.words): start it, or see its log."
        case let failure as StoreFailure: "The store could not be asked: \(failure.advice)."
        case let opening as StoreOpening: opening.advice(settings)
        case let failure as StartFailure: "\(failure)"
        case is SealingFailure:
            "What is stored cannot be opened with the key file \(settings.keysFile): put the newest copy of it back."
        case let failure as LintFailure: "No newsletter can be made of the templates: \(failure)"
        case let refusal as Refusal: words(refusal)
        case let error as CocoaError: words(error)
        default: unknown(error)
        }
    }

    private func words(_ refusal: Refusal) -> String {
        switch refusal {
        case .notFound: "What the check had written was gone before it was read: somebody else changes the database."
        case .linkExpired: "A link that was made a moment ago does not work: check this machine’s clock."
        default: unknown(refusal)
        }
    }

    private func words(_ error: CocoaError) -> String {
        let path = (error.userInfo[NSFilePathErrorKey] as? String) ?? settings.dataDirectory
        return "\(path) cannot be read: check its owner and mode."
    }

    private func unknown(_ error: any Error) -> String {
        logger.error("a promise could not be looked at", metadata: ["error": "\(type(of: error))"])
        return "It could not be looked at, by a fault of Courant’s own: run courantd promises again; if it stays, "
            + "report it with the lines that the log has of it."
    }
}

extension HTTPFailure {
    /// Behind the name of whom was asked.
    fileprivate var words: String {
        switch self {
        case .malformedRequest: "cannot be asked under that address"
        case .unreachable(let what), .garbled(let what): "gave no answer (\(what))"
        case .insecure(let what): "cannot be trusted (\(what))"
        case .timedOut: "did not answer in time"
        case .tooLarge: "answered more than a page"
        case .inside: "is on the inside of the network"
        case .cancelled: "was not asked to the end"
        }
    }
}

extension Evidence {
    static let noListYet = Evidence.notYet("There is no list to look at: courant list create")
}
