import Foundation
import Mail
package import Rendering

/// What a visitor asked for on the form, every field parsed.
package struct SignUp: Sendable, Redacted {
    package let person: Person
    /// At least one.
    package let lists: [Slug]
    package let language: Language
    /// The wording and the policy that stood beside the button.
    package let consentText: String
    package let policy: String
    /// Nil where the visitor has filled in the form.
    package let behalf: Behalf?

    /// Somebody else's program asks for the person: a web shop, a till, a CRM.
    package struct Behalf: Sendable {
        package let actor: Actor
        /// Where the person said so, in words that they will read.
        package let source: String

        package init(actor: Actor, source: String) throws {
            try Imports.check(source: source)
            guard source != Subscription.form else {
                throw Refusal.invalid(field: "source", problem: "Say where the person asked; our own form it was not.")
            }
            self.actor = actor
            self.source = source
        }
    }

    package init(
        person: Person, lists: [Slug], language: Language, consentText: String, policy: String,
        behalf: Behalf? = nil
    ) {
        self.behalf = behalf
        self.person = person
        self.lists = lists
        self.language = language
        self.consentText = consentText
        self.policy = policy
    }
}

/// What a confirm link asks.
package struct Confirmable: Sendable {
    package let lists: [MailingList]
    /// Each sentence that pressing the button agrees to.
    package let wordings: [ConsentWording]
    /// Where a file had the address from, if that is why we ask; nil: somebody signed up.
    package let source: String?
    /// The mail's.
    package let language: Language
    /// It was pressed before: there is nothing left to agree to.
    package let isDone: Bool
}

/// What became of a confirm link that was pressed.
package enum Confirmation: Sendable, Equatable {
    case confirmed([MailingList])
    /// They were active already: repeating it is harmless.
    case confirmedBefore([MailingList])
    /// Too late, already refused, erased since, or never given out: ask again on the form.
    case gone
}

extension Confirmation {
    package var lists: [MailingList] {
        switch self {
        case .confirmed(let lists), .confirmedBefore(let lists): lists
        case .gone: []
        }
    }
}

/// Somebody's leaving by their link.
package struct Departure: Sendable {
    package let remainder: Remainder
    /// The list that they left does.
    package let askedCompany: Bool
}

/// What stays of somebody who has left.
package enum Remainder: Sendable, Equatable {
    /// Or the row was gone before, and with it whatever would tell.
    case nothing
    case fingerprint
}
