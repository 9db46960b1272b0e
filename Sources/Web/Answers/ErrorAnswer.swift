import CourantAPI
import HTTPTypes
import Hummingbird

/// What somebody is told about a failure: a status, a stable word for programs, and words for people.
struct ErrorAnswer: Sendable {
    /// Failures that visitors meet, told in their own language: `errors.KEY` in the locales.
    enum Page: String, CaseIterable, Sendable {
        case malformed = "form.malformed"
        case tooLarge = "form.too_large"
        case unsupportedType = "form.unsupported_type"
        case duplicate = "form.duplicate"
        case invalid = "form.invalid"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case unavailable = "unavailable"
        case `internal` = "internal"
        case linkUnknown = "link_unknown"
        case tooMany = "too_many"
        case linkExpired = "link_expired"

        var key: String { "errors.\(rawValue)" }
    }

    enum Words: Sendable {
        case page(Page)
        /// In English: for staff and for programmers.
        case staff(title: String, detail: String?)
    }

    let status: HTTPResponse.Status
    let word: String
    var words: Words
    var errors: [FieldError]?
    var findings: [FindingInfo]?
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ word: String, _ page: Page) {
        self.status = status
        self.word = word
        words = .page(page)
    }

    init(_ status: HTTPResponse.Status, _ word: String, title: String, detail: String? = nil) {
        self.status = status
        self.word = word
        words = .staff(title: title, detail: detail)
    }

    func with(_ name: HTTPField.Name, _ value: String) -> ErrorAnswer {
        var answer = self
        answer.headers[name] = value
        return answer
    }

    /// Another try may be made after this time.
    func after(_ wait: Duration) -> ErrorAnswer { with(.retryAfter, String(wait.wholeSeconds)) }

    func with(errors: [FieldError]) -> ErrorAnswer {
        var answer = self
        answer.errors = errors
        return answer
    }

    func with(findings: [FindingInfo]) -> ErrorAnswer {
        var answer = self
        answer.findings = findings
        return answer
    }
}

extension Duration {
    /// Begun ones count, and one at the least.
    var wholeSeconds: Int { max(1, Int((self / .seconds(1)).rounded(.up))) }
}

/// What this door refuses by itself, before any verb is asked.
enum DoorFailure: Error, Equatable {
    case notFound
    case methodNotAllowed([HTTPRequest.Method])
    /// No link of ours: cut off, mistyped, or forged.
    case linkUnknown
    /// It worked once.
    case linkExpired
    /// From one network, or in all; so long from now it may be tried again.
    case tooMany(wait: Duration)
    /// The address; nothing of ours is that long.
    case addressTooLong
    case headersTooLarge
    /// Nobody knows to whom it was sent: no `Host`, several, or one that is none (RFC 9112 §3.2).
    case hostUnclear
    case notEncrypted
    case notSignedIn
    case notAllowed(role: String, permission: String)
    /// A program's login is for these lists alone.
    case otherList([String])
    case idempotencyKeyMissing
    /// A JSON body that is not what the route takes.
    case unreadable(field: String, problem: String)
}
