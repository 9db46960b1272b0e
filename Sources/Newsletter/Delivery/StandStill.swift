package import Logging

/// Work that fails again and again: told once when that begins, again where the cause is another, and once when it is over.
package struct StandStill {
    private let work: String
    private var cause: String?

    package init(of work: String) {
        self.work = work
    }

    package mutating func begins(_ error: any Error, _ logger: Logger) {
        begins(cause: error.logged, logger)
    }

    package mutating func begins(cause: String, as level: Logger.Level = .error, _ logger: Logger) {
        guard cause != self.cause else { return }
        self.cause = cause
        logger.log(level: level, "\(work) stands still", metadata: ["cause": "\(cause)"])
    }

    package mutating func isOver(_ logger: Logger) {
        guard cause != nil else { return }
        cause = nil
        logger.notice("\(work) goes on")
    }
}

extension Error {
    /// For the log: a store's advice to the operator, else the type alone, for errors may carry what is somebody's own.
    package var logged: String { (self as? StoreFailure)?.advice ?? "\(type(of: self))" }
}
