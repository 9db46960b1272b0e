import CourantAPI
import Foundation
import HTTPTypes
import Newsletter
import Rendering

/// The map itself.
extension ErrorAnswer {
    init(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self.init(refusal)
        case let failure as DoorFailure: self.init(failure)
        case let failure as FormFailure: self.init(failure)
        case let failure as StoreFailure: self.init(failure)
        case let problems as ImportProblems: self.init(problems)
        case let failure as LintFailure: self.init(Refusal.lint(failure.findings))
        default: self.init(.internalServerError, "internal", .internal)
        }
    }

    private init(_ problems: ImportProblems) {
        let more = problems.total - problems.lines.count
        self = ErrorAnswer(
            .unprocessableContent, "import",
            title: "\(problems.total) \(problems.total == 1 ? "line" : "lines") cannot be imported, so nothing was",
            detail: more > 0 ? "Correct what is said about each line; \(more) more are not listed." : nil
        )
        .with(errors: problems.lines.map { FieldError(field: "line \($0.line)", message: $0.fault.words) })
    }

    private init(_ failure: StoreFailure) {
        let seconds = failure == .overloaded ? "1" : "30"
        self = ErrorAnswer(.serviceUnavailable, "unavailable", .unavailable).with(.retryAfter, seconds)
    }

    private init(_ failure: FormFailure) {
        switch failure {
        case .malformed: self.init(.badRequest, "malformed", .malformed)
        case .duplicate(let field):
            self = ErrorAnswer(.unprocessableContent, "duplicate-field", .duplicate)
                .with(errors: [FieldError(field: field.shown, message: "Send this field once.")])
        case .notText(let field):
            self = ErrorAnswer(.unprocessableContent, "validation", .invalid)
                .with(errors: [FieldError(field: field, message: "Send text.")])
        case .unsupportedType: self.init(.unsupportedMediaType, "unsupported-type", .unsupportedType)
        case .tooLarge: self.init(.contentTooLarge, "too-large", .tooLarge)
        }
    }

    private init(_ failure: DoorFailure) {
        switch failure {
        case .notFound: self.init(.notFound, "not-found", .notFound)
        case .linkUnknown: self.init(.notFound, "not-found", .linkUnknown)
        case .linkExpired: self.init(.gone, "expired", .linkExpired)
        case .tooMany(let wait):
            self = ErrorAnswer(.tooManyRequests, "too-many-requests", .tooMany).after(wait)
        case .methodNotAllowed(let methods):
            self = ErrorAnswer(.methodNotAllowed, "method-not-allowed", .methodNotAllowed)
                .with(.allow, Paths.list(methods))
        case .addressTooLong: self.init(.uriTooLong, "too-large", .tooLarge)
        case .headersTooLarge: self.init(.requestHeaderFieldsTooLarge, "too-large", .tooLarge)
        case .hostUnclear: self.init(.badRequest, "malformed", .malformed)
        case .notEncrypted:
            self.init(
                .forbidden, "not-encrypted", title: "This connection is not encrypted",
                detail: "Use the service’s https address. If there is a proxy before it, the proxy must be in "
                    + "http.trusted-proxies and send X-Forwarded-Proto. A token that was sent in the clear should be revoked."
            )
        case .notSignedIn:
            self = ErrorAnswer(
                .unauthorized, "not-signed-in", title: "Not signed in",
                detail:
                    "The token is missing, unknown or expired. An administrator gives out a new one; then: courant login URL"
            ).with(.wwwAuthenticate, "Bearer realm=\"courant\"")
        case .notAllowed(let role, let permission):
            self.init(
                .forbidden, "not-allowed", title: "Not allowed",
                detail:
                    "The role \(role) does not have the permission “\(permission)”; \(Self.roles(permission)). "
                    + "An administrator can give you another login."
            )
        case .otherList(let lists):
            self.init(
                .forbidden, "not-allowed", title: "Not allowed",
                detail: "This login is for other lists: \(lists.joined(separator: ", ")). "
                    + "An administrator can give out another."
            )
        case .idempotencyKeyMissing:
            self.init(
                .badRequest, "idempotency-key-missing", title: "Idempotency-Key is missing",
                detail:
                    "Send a header Idempotency-Key of 1 to 128 visible ASCII characters, the same for each repetition of this call."
            )
        case .unreadable(let field, let problem):
            self = ErrorAnswer(.unprocessableContent, "validation", title: "The body is not what this call takes")
                .with(errors: [FieldError(field: field, message: problem)])
        }
    }

    /// Who has it.
    private static func roles(_ permission: String) -> String {
        let roles = Role.allCases.filter { role in Permission(rawValue: permission).map(role.may) ?? false }
        return roles.count == 1
            ? "\(roles[0].rawValue) has it" : "\(roles.map(\.rawValue).joined(separator: " and ")) have it"
    }

    /// Up to five of them.
    private static func approvers(_ names: [String], _ role: String = "sender") -> String {
        guard !names.isEmpty else {
            return "Nobody else may, yet: an administrator adds a login with the role \(role)."
        }
        return "May approve: \(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? " …" : "")."
    }

    private init(_ refusal: Refusal) {
        switch refusal {
        case .notFound(let noun):
            self.init(.notFound, "not-found", title: "There is no such \(noun.name)", detail: "Look with: \(noun.look)")
        case .invalid(let field, let problem):
            self = ErrorAnswer(
                .unprocessableContent, "validation", title: "Something needs correcting", detail: problem
            )
            .with(errors: [FieldError(field: field, message: problem)])
        case .taken(let noun, let name):
            self.init(
                .conflict, "conflict", title: "There is a \(noun.name) “\(name)” already",
                detail: noun == .policy
                    ? "A version that is published stays as it is: give the new text a version of its own."
                    : "Choose another name.")
        case .lint(let findings):
            self = ErrorAnswer(
                .unprocessableContent, "lint", title: "The file cannot be sent as it is",
                detail: "Correct what is said about each line."
            ).with(findings: findings.map { FindingInfo($0) })
        case .wrongState(let state, let verb):
            let verbs = state.verbs.map(\.rawValue).filter { $0 != verb }
            let choice = verbs.dropLast().joined(separator: ", ") + (verbs.count > 1 ? " or " : "") + (verbs.last ?? "")
            self.init(
                .conflict, "conflict", title: "The campaign is \(state.rawValue)",
                detail: "“\(verb)” does not apply to a campaign that is \(state.rawValue)."
                    + (verbs.isEmpty ? " It is over." : " What you can do: \(choice) (courant campaign VERB ID)."))
        case .hasBegun(let verb):
            self.init(
                .conflict, "conflict", title: "The campaign has begun to go out",
                detail: "“\(verb.rawValue)” applies before anybody has it. Go on with it or stop it for good: "
                    + "courant campaign resume, cancel. Then send what is to be put right as another campaign.")
        case .timePassed(let time):
            self.init(
                .conflict, "time-passed", title: "\(time.formatted(.iso8601)) is past",
                detail: "Say a time that is still to come: courant campaign reschedule ID --at TIME")
        case .digestChanged:
            self.init(
                .conflict, "digest-changed", title: "The campaign is not what the digest names",
                detail: "Content, list or sender is another. Plan it again and look at what would go out.")
        case .recipientsChanged(let expected, let actual):
            self.init(
                .conflict, "recipients-changed", title: "The number of recipients is another",
                detail: "\(expected) were expected, \(actual) would get it now. Plan it again.")
        case .heldChanged(let expected, let actual):
            self.init(
                .conflict, "held-changed", title: "The number of those who are held is another",
                detail: "\(expected) were expected, \(actual) are held now. Look again: courant bounces show")
        case .rowsChanged(let expected, let actual):
            self.init(
                .conflict, "rows-changed", title: "The file has another number of people",
                detail: (expected.map { "\($0) were expected; " } ?? "Say how many you expect; ")
                    + "there are \(actual) in it. If that is right, say so: --expect-rows \(actual) (expect_rows in the API)"
            )
        case .manyLeave(let expected, let actual, let population):
            self.init(
                .conflict, "many-leave", title: "\(actual) of \(population) would leave at once",
                detail: (expected.map { "\($0) were expected. " } ?? "")
                    + "They are erased, and there is no way back. If that is meant, say how many: --expect-leaving \(actual) "
                    + "(expect_leaving in the API)")
        case .ownImport(let names):
            self.init(
                .conflict, "own-import", title: "Somebody else must agree to it",
                detail:
                    "You brought this file, so somebody else looks at its evidence. \(Self.approvers(names, "privacy"))"
            )
        case .noRecipients:
            self.init(
                .conflict, "no-recipients", title: "Nobody would get it",
                detail: "The list has no active subscriptions.")
        case .needsApproval(let lack, let names):
            self.init(
                .conflict, "approval", title: "Somebody else must approve it",
                detail: "\(lack.words) \(Self.approvers(names))")
        case .notOurs(let name):
            self.init(
                .conflict, "not-ours", title: "Courant did not give out the login of \(name)",
                detail: "Somebody wrote it into the database: courant staff revoke, and find out who.")
        case .erasesPeople(let count, let time):
            self.init(
                .conflict, "erases-people",
                title:
                    "\(count) \(count == 1 ? "person" : "people") would be erased from \(time.formatted(.iso8601)) on",
                detail:
                    "There is no way back. If that is meant, say how many: --expect-erased \(count) (expect_erased in the API)"
            )
        case .noTestTo:
            self.init(
                .conflict, "no-test", title: "No test mail goes to this address",
                detail:
                    "Its owner wants no mail, or it has had enough for today. Send the test to an address of your own.")
        case .tooMany(let wait):
            self = ErrorAnswer(
                .tooManyRequests, "too-many-requests", title: "That were many test mails in a short time",
                detail:
                    "A login sends \(TestBudget.perHour) an hour. The next can go in \((wait.wholeSeconds + 59) / 60) min."
            ).after(wait)
        case .lastAdmin(let name):
            self.init(
                .conflict, "last-admin", title: "\(name) is the last administrator",
                detail:
                    "Nobody could give out logins any more. Add another administrator first; on the host, courantd staff "
                    + "revoke does it all the same.")
        case .tooOld(let name):
            self.init(
                .conflict, "too-old", title: "The login of \(name) is a year old",
                detail:
                    "A token lasts a year at most. Give out a new one: courant staff revoke, then courant staff add.")
        case .promisesBroken(let findings):
            self.init(
                .conflict, "promise-broken", title: "A promise of the privacy policy is broken; nothing goes out",
                detail: findings.map { "\($0.promise.id): “\($0.promise.sentence)” \($0.evidence.words)" }
                    .joined(separator: " "))
        case .unsigned(let domain):
            self.init(
                .conflict, "unsigned", title: "No key signs mail from \(domain); nothing goes out from there",
                detail:
                    "This service signs its mail (dkim.keys). On the host: courantd dkim new \(domain), publish the record that "
                    + "it prints, restart the service. Or give the list a sender in a domain that has a key.")
        case .closed(let slug):
            self.init(
                .conflict, "conflict", title: "The list \(slug) is closed",
                detail: "Nothing can be sent to it any more.")
        case .underWay(let campaign):
            self.init(
                .conflict, "under-way", title: "Campaign \(campaign) is on its way to this list; nothing was closed",
                detail: "Let it end (courant campaign status \(campaign) --follow), or stop it for good "
                    + "(courant campaign cancel \(campaign)). Then close the list.")
        case .clockInDoubt(let standing):
            self.init(
                .conflict, "clock", title: "The service's clock may be wrong, so nothing is erased by it",
                detail: standing.words ?? "Look at the host's clock.")
        case .sweepChanged(let list, let expected, let actual):
            self.init(
                .conflict, "sweep-changed", title: "Another number would end on \(list)",
                detail: "\(expected) were expected, \(actual) would end at once. Look with: courant retention show")
        case .linkExpired: self.init(DoorFailure.linkExpired)
        case .idempotencyKeyReused:
            self.init(
                .unprocessableContent, "idempotency-key-reused",
                title: "The Idempotency-Key was used for something else",
                detail: "Use a new key for a new intention.")
        case .tooCostly:
            self.init(
                .unprocessableContent, "too-costly", title: "To read this text takes too long",
                detail: "Write it simpler: shorter paragraphs, fewer tables and brackets, less nesting.")
        case .busy: self = ErrorAnswer(.serviceUnavailable, "unavailable", .unavailable).with(.retryAfter, "1")
        }
    }
}

extension Refusal.Noun {
    fileprivate var name: String { self == .staff ? "staff member" : self == .policy ? "policy version" : rawValue }

    fileprivate var look: String {
        switch self {
        case .list: "courant list ls"
        case .campaign: "courant campaign ls"
        case .staff: "courant staff ls"
        case .subscriber: "courant subscriber find ADDRESS"
        case .request: "courant subscriber requests ls"
        case .import: "courant subscriber import"
        case .block: "courant subscriber block"
        case .policy: "courant policy ls"
        }
    }
}

extension String {
    /// A field's name as somebody sent it, cut to what may be repeated to them.
    fileprivate var shown: String {
        String(decoding: utf8.prefix(40).filter { (0x20..<0x7F).contains($0) }, as: UTF8.self)
    }
}
