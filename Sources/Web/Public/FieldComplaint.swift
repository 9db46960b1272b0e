import Mail

/// What is wrong with one field of the sign-up form, or with the code typed after it. The words stand in the locales: `errors.FIELD.…`.
enum FieldComplaint: String, CaseIterable, Error {
    case emailMissing = "email.missing"
    case emailInvalid = "email.invalid"
    case emailTooLong = "email.too_long"
    case emailNotASCII = "email.not_ascii"
    case nameTooLong = "name.too_long"
    case nameInvalid = "name.invalid"
    case nameLink = "name.link"
    case addressOften = "address.often"
    case listMissing = "list.missing"
    case listUnknown = "list.unknown"
    case captchaMissing = "captcha.missing"
    case captchaExpired = "captcha.expired"
    case captchaRefused = "captcha.refused"
    case captchaUnavailable = "captcha.unavailable"
    case codeMissing = "code.missing"
    case codeWrong = "code.wrong"

    var key: String { "errors.\(rawValue)" }

    var field: String { String(rawValue.prefix { $0 != "." }) }

    init(_ problem: EmailAddress.Problem) {
        self =
            switch problem {
            case .missing: .emailMissing
            case .tooLong: .emailTooLong
            case .incomplete, .unusableDomain, .invalid: .emailInvalid
            }
    }

    /// Nil for no name at all, which is no mistake.
    init?(_ problem: PersonName.Problem) {
        switch problem {
        case .missing: return nil
        case .tooLong: self = .nameTooLong
        case .link: self = .nameLink
        case .unprintable: self = .nameInvalid
        }
    }
}
