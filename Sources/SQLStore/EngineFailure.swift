import Newsletter

/// What an engine says went wrong, without the statement and without its values: those may be personal.
protocol EngineFailure: Error {
    /// For the operator: what to do.
    var advice: String { get }
    /// The connection is gone, and with it the transaction.
    var isLoss: Bool { get }
}

extension StoreFailure {
    init(_ error: any Error) {
        if let failure = error as? any EngineFailure {
            self = .unavailable(failure.advice)
        } else {
            self = error as? StoreFailure ?? .unavailable("\(type(of: error))")
        }
    }

    /// What a change threw itself goes to its caller as it is; what the engine threw is the store's failure.
    static func mapped(_ error: any Error) -> any Error {
        error is any EngineFailure ? StoreFailure(error) : error
    }
}
