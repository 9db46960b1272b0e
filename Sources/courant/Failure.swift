import CourantAPI
import Foundation

/// What the program tells the shell. Scripts depend on these numbers.
enum Exit: Int32 {
    case done = 0
    case failed = 1
    case guarded = 2
    case notAllowed = 3
    case notFound = 4
    case inPart = 5
    case usage = 64
    case interrupted = 130
}

/// Why a command did not do what was asked: what happened, and the next step. The only place where the service's
/// problems, and the client's own, become exit codes and prose.
struct Failure: Error {
    /// Stable for scripts: the problem's word, or one of the client's own (`declined`, `no-terminal`, `unreachable` …).
    var word: String
    var title: String
    /// What to do now.
    var next: String?
    var exit: Exit
    var errors: [FieldError] = []
    var findings: [FindingInfo] = []
}

extension Failure {
    /// An error answer of the service.
    init(_ problem: Problem, at url: ServiceURL) {
        let exit = Self.exit(for: problem)
        self.init(
            word: problem.word, title: Self.sentence(problem), next: Self.next(after: problem, at: url), exit: exit,
            errors: problem.errors ?? [], findings: problem.findings ?? [])
    }

    private static func exit(for problem: Problem) -> Exit {
        switch problem.word {
        case "lint", "recipients-changed", "digest-changed", "no-recipients", "approval", "promise-broken", "unsigned",
            "last-admin", "import", "under-way", "erases-people", "sweep-changed", "held-changed", "rows-changed",
            "many-leave":
            .guarded
        case "not-signed-in", "not-allowed": .notAllowed
        case "not-found": .notFound
        default:
            switch problem.status {
            case 401, 403: .notAllowed
            case 404, 410: .notFound
            default: .failed
            }
        }
    }

    /// The detail too, unless it is said again beside its field.
    private static func sentence(_ problem: Problem) -> String {
        guard let detail = problem.detail, !detail.isEmpty else { return problem.title.printable }
        guard problem.errors?.contains(where: { $0.message == detail }) != true else { return problem.title.printable }
        return "\(problem.title). \(detail)".printable
    }

    private static func next(after problem: Problem, at url: ServiceURL) -> String? {
        switch problem.word {
        case "not-signed-in": "courant login \(url)"
        case "not-allowed": "Ask an administrator for a role that may do this; yours: courant whoami"
        case "lint": "Correct the file, look with: courant lint FILE.md"
        case "recipients-changed", "digest-changed": "Look at what would go out now: courant campaign plan ID"
        case "approval":
            "Somebody else approves it with: courant campaign approve ID --digest DIGEST; then: courant campaign send ID"
        case "too-many-requests": "Wait a little and try again"
        case "unavailable": "Try again in a moment; if it stays so: courant doctor"
        default: problem.status >= 500 ? "The service's own log says more; nothing was lost on this side" : nil
        }
    }
}

// The client's own.
extension Failure {
    static func usage(_ title: String, next: String? = nil) -> Failure {
        Failure(word: "usage", title: title, next: next, exit: .usage)
    }

    static func file(_ title: String, next: String? = nil) -> Failure {
        Failure(word: "file", title: title, next: next, exit: .failed)
    }

    static func notSignedIn(_ title: String, next: String) -> Failure {
        Failure(word: "not-signed-in", title: title, next: next, exit: .notAllowed)
    }

    static func declined(_ title: String, next: String? = nil) -> Failure {
        Failure(word: "declined", title: title, next: next, exit: .guarded)
    }

    /// Nobody is there to be asked.
    static func noTerminal(_ title: String, next: String) -> Failure {
        Failure(word: "no-terminal", title: title, next: next, exit: .guarded)
    }

    static func unreachable(_ url: ServiceURL, because reason: String) -> Failure {
        Failure(
            word: "unreachable", title: "\(url) does not answer: \(reason)",
            next: "Is the address right, and this computer online? courant doctor", exit: .failed)
    }

    static func insecure(_ url: ServiceURL, because reason: String) -> Failure {
        Failure(
            word: "insecure", title: "\(url) cannot be trusted: \(reason)",
            next: "Nothing was sent to it. Is the address right? A company's own authority is named with courant login "
                + "URL --ca-file FILE; else its certificate is an administrator's matter",
            exit: .failed)
    }

    static func garbled(_ url: ServiceURL, _ reason: String) -> Failure {
        Failure(
            word: "strange-answer", title: "\(url) does not answer as Courant does: \(reason)",
            next: "Is this Courant's address? courant doctor", exit: .failed)
    }

    /// An answer that no Courant gives: another server, a proxy's own page, a redirect to somewhere else.
    static func strange(_ status: Int, _ url: ServiceURL) -> Failure {
        let exit: Exit =
            switch status {
            case 401, 403: .notAllowed
            case 404: .notFound
            default: .failed
            }
        let next =
            status == 413
            ? "A proxy before it lets nothing of that size through: an administrator sets its limit (nginx: "
                + "client_max_body_size 0)"
            : "Is this Courant's address? A proxy before it may also answer so: courant doctor"
        return Failure(
            word: status >= 500 ? "unavailable" : "strange-answer",
            title: "\(url) answered \(status), but not in Courant's way", next: next, exit: exit)
    }

    static let interrupted = Failure(word: "interrupted", title: "Interrupted", next: nil, exit: .interrupted)
}

/// How a failure looks with `--json`: one line on stderr.
struct FailureInfo: Encodable {
    var problem: String
    var title: String
    var next: String?
    var exit: Int32
    var errors: [FieldError]
    var findings: [FindingInfo]

    init(_ failure: Failure) {
        problem = failure.word
        title = failure.title
        next = failure.next
        exit = failure.exit.rawValue
        errors = failure.errors
        findings = failure.findings
    }
}
