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

    package enum Parameter: Sendable, Hashable {
        case number(Int)
        case time(Duration)
        case texts([String])
    }
}

/// What a check saw, and how far its word goes.
package enum Evidence: Sendable, Equatable {
    /// The software has shown it, now and here.
    case proven(String)
    /// Looked at as far as software can see; says also what was not looked at.
    case seen(String, unseen: String)
    /// A person's word: what is known of it, and what that person must do.
    case yours(String, toDo: String)
    /// There is nothing to look at before something has been done: says what.
    case notYet(String)
    /// Says what is wrong and what to do about it.
    case broken(String)

    package var words: String {
        switch self {
        case .proven(let words), .seen(let words, _), .yours(let words, _), .notYet(let words), .broken(let words):
            words
        }
    }

    /// What is left for people: nil where that is nothing, or stands in the words.
    package var remainder: String? {
        switch self {
        case .seen(_, let remainder), .yours(_, let remainder): remainder
        case .proven, .notYet, .broken: nil
        }
    }

    package var verdict: PromiseVerdict {
        switch self {
        case .proven: .proven
        case .seen: .seen
        case .yours: .yours
        case .notYet: .notYet
        case .broken: .broken
        }
    }

    package var isBroken: Bool { verdict == .broken }
}

/// The word for it, as programs read it.
package enum PromiseVerdict: String, Sendable, CaseIterable {
    case proven, seen, yours
    case notYet = "not-yet"
    case broken
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
