import Foundation
import Mail
import Rendering

/// A sign-up that repeats one which nobody has confirmed yet: what was typed and agreed to this time. It travels with its
/// own link and counts once that link is pressed. Until then the first one stays as it is, so that nobody writes the name
/// under which another's confirmation is kept.
package struct RepeatedSignUp: Sendable, Redacted {
    let name: PersonName?
    let company: CompanyName?
    let language: Language
    let consent: Consent

    init(_ signUp: SignUp, _ consent: Consent, for list: MailingList) {
        let person = signUp.person.asked(by: list)
        (name, company) = (person.name, person.company)
        language = signUp.language
        self.consent = consent
    }

    private var fields: OutboxFields {
        var fields = OutboxFields()
        fields["name"] = name?.text
        fields["company"] = company?.text
        fields["language"] = language.code
        fields["text"] = consent.text
        fields["policy"] = consent.policy
        fields["asked"] = String(Int64(consent.askedAt.timeIntervalSince1970 * 1000))
        return fields
    }

    private init?(_ fields: OutboxFields) {
        guard let language = fields["language"].flatMap({ Language($0) }), let text = fields["text"],
            let policy = fields["policy"], let asked = fields["asked"].flatMap({ Int64($0) })
        else { return nil }
        name = fields["name"].map { PersonName(stored: $0) }
        company = fields["company"].map { CompanyName(stored: $0) }
        self.language = language
        consent = Consent(
            text: text, policy: policy, askedAt: Date(timeIntervalSince1970: Double(asked) / 1000))
    }
}

extension Keyring {
    private static func owner(_ id: SubscriptionID) -> Data { Data("sign-up ".utf8) + id.bytes }

    func seal(_ signUp: RepeatedSignUp, for id: SubscriptionID) throws -> Sealed {
        try seal(signUp.sealable, for: Self.owner(id))
    }

    func repeatedSignUp(_ sealed: Sealed, of id: SubscriptionID) throws -> RepeatedSignUp {
        guard let signUp = RepeatedSignUp(sealable: try open(sealed, of: Self.owner(id))) else {
            throw SealingFailure.damaged
        }
        return signUp
    }

    func resealSignUp(_ sealed: Sealed, of id: SubscriptionID) throws -> Sealed {
        try reseal(sealed, of: Self.owner(id))
    }
}

extension RepeatedSignUp {
    fileprivate var sealable: [UInt8] { fields.bytes }

    fileprivate init?(sealable bytes: Data) {
        guard let fields = OutboxFields(bytes) else { return nil }
        self.init(fields)
    }
}
