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

    package init(person: Person, lists: [Slug], language: Language, consentText: String, policy: String) {
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
    package let wordings: [String]
    /// Where a file had the address from, if that is why we ask; nil: somebody signed up.
    package let source: String?
}

/// What became of a confirm link that was pressed.
package enum Confirmation: Sendable, Equatable {
    /// Active now, or before: repeating it is harmless.
    case confirmed([MailingList])
    /// Too late, already refused, erased since, or never given out: ask again on the form.
    case gone
}

/// What became of an unsubscribe link that was pressed.
package enum Unsubscription: Sendable, Equatable {
    /// The row is gone, now or before.
    case gone
    /// No link of ours.
    case forged
}
