package import Foundation

/// Asks whether a form was filled in by a person. A door may ask any of them in the same way and never learns which.
package protocol Captcha: Sendable {
    /// `response` is what the page's widget put into the form (`field`); `action` is what the form is for, where the
    /// provider knows actions. Always answers within the provider's time limit.
    func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict

    /// The name of the form's field that carries the response; nil where there is none.
    var field: String? { get }

    /// What `GET /captcha/challenge` gives to be solved; nil where the provider hands that out itself.
    func challenge(now: Date) -> CaptchaChallenge?
}

extension Captcha {
    package func challenge(now: Date) -> CaptchaChallenge? { nil }
}

/// Named for the door's next move.
package enum CaptchaVerdict: Sendable, Equatable {
    case passed
    /// Not to be let in, and asking again with the same response does not help.
    case refused(CaptchaRefusal)
    /// Nobody can say.
    case unavailable(CaptchaOutage)
    /// Nobody can say, and this one is let in all the same (`captcha.on-outage`).
    case admitted(CaptchaOutage)
}

package enum CaptchaRefusal: Sendable, Equatable {
    /// No response in the form.
    case missing
    /// The provider does not vouch for it.
    case failed
    /// Already used, or too old.
    case spent
    /// Solved on a page of another host than ours.
    case otherHost(String, ours: [String])
    /// Solved for another form.
    case otherAction
    case lowScore(Double)
    /// The answer has none, though scores are wished for: the key is of another kind.
    case noScore
    /// The provider does not serve us: our secret is wrong, our quota is used up. Closed, as anybody can use it up;
    /// somebody must be told.
    case notServed(status: Int, codes: [String])

    /// In one word, for a metric's label.
    package var kind: String {
        switch self {
        case .missing: "missing"
        case .failed: "failed"
        case .spent: "spent"
        case .otherHost: "other-host"
        case .otherAction: "other-action"
        case .lowScore: "low-score"
        case .noScore: "no-score"
        case .notServed: "not-served"
        }
    }

    /// Nothing that a visitor did: the house has to be mended.
    package var mustAlert: Bool {
        switch self {
        case .notServed, .noScore: true
        default: false
        }
    }
}

package enum CaptchaOutage: Sendable, Equatable {
    case timedOut
    case unreachable(String)
    /// 5xx, or the provider's word for an internal error.
    case broken(status: Int)
    /// The answer is not the JSON that it should be.
    case unreadable
    /// As many questions as are allowed at once are being asked already.
    case busy
    /// It has failed several times and is not asked for a while.
    case resting
}

extension CaptchaVerdict {
    /// In one word, for a metric's label.
    package var kind: String {
        switch self {
        case .passed: "passed"
        case .refused(let refusal): refusal.kind
        case .unavailable: "unavailable"
        case .admitted: "admitted"
        }
    }

    package static let kinds = [
        "passed", "missing", "failed", "spent", "other-host", "other-action", "low-score", "no-score",
        "not-served", "unavailable",
        "admitted",
    ]
}

/// Where no captcha is wanted, in so many words.
package struct NoCaptcha: Captcha {
    package let field: String? = nil
    package init() {}
    package func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict { .passed }
}
