/// A sentence of the company's privacy policy together with the check that proves it.
package struct Promise: Sendable, Equatable {
    /// Short, such as the paragraph's number: how reports name it.
    package let id: String
    /// As the policy says it, or in our own words.
    package let sentence: String
    package let check: String
    package let parameters: [String: Parameter]
    /// The service does not start and no campaign goes out while it is broken.
    package let isRequired: Bool

    package init(
        id: String, sentence: String, check: String, parameters: [String: Parameter] = [:], isRequired: Bool = false
    ) {
        self.id = id
        self.sentence = sentence
        self.check = check
        self.parameters = parameters
        self.isRequired = isRequired
    }

    package enum Parameter: Sendable, Equatable {
        case number(Int)
        case time(Duration)
        case texts([String])
    }
}

/// What a check saw.
package enum Evidence: Sendable, Equatable {
    case kept(String)
    /// There is nothing to look at before something has been done first: says what.
    case notYet(String)
    /// Says what is wrong and what to do about it.
    case broken(String)

    package var words: String {
        switch self {
        case .kept(let words), .notYet(let words), .broken(let words): words
        }
    }

    package var isBroken: Bool {
        if case .broken = self { true } else { false }
    }
}

/// One promise and what became of it.
package struct PromiseFinding: Sendable, Equatable {
    package let promise: Promise
    package let evidence: Evidence

    package init(promise: Promise, evidence: Evidence) {
        self.promise = promise
        self.evidence = evidence
    }
}

/// Asked before anything goes out: which of the promises that must be kept is broken just now.
package protocol PromiseKeeper: Sendable {
    func brokenPromises() async -> [PromiseFinding]
}

/// Where nobody has promised anything.
package struct NoPromises: PromiseKeeper {
    package init() {}
    package func brokenPromises() async -> [PromiseFinding] { [] }
}
