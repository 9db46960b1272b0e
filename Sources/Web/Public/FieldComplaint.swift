import Mail

/// What is wrong with one field of the sign-up form, or with the code typed after it. The words stand in the locales: `errors.FIELD.…`.
struct FieldComplaint: Error, Equatable {
    enum Word: String, CaseIterable {
        case emailMissing = "email.missing"
        case emailInvalid = "email.invalid"
        case emailTooLong = "email.too_long"
        case emailNoAt = "email.no_at"
        case emailSeveral = "email.several"
        case emailSpace = "email.space"
        case emailInvisible = "email.invisible"
        case emailSign = "email.sign"
        case emailDomain = "email.domain"
        case emailNotASCII = "email.not_ascii"
        case nameTooLong = "name.too_long"
        case nameInvalid = "name.invalid"
        case nameLink = "name.link"
        case companyTooLong = "company.too_long"
        case companyInvalid = "company.invalid"
        case companyLink = "company.link"
        case addressOften = "address.often"
        case listMissing = "list.missing"
        case listUnknown = "list.unknown"
        case captchaMissing = "captcha.missing"
        case captchaExpired = "captcha.expired"
        case captchaRefused = "captcha.refused"
        case captchaUnavailable = "captcha.unavailable"
        case codeMissing = "code.missing"
        case codeWrong = "code.wrong"
        /// The field that people do not see.
        case trapFilled = "remarks.filled"

        var key: String { "errors.\(rawValue)" }
    }

    let word: Word
    /// The character that is meant.
    var sign: String?

    init(_ word: Word, sign: String? = nil) {
        self.word = word
        self.sign = sign
    }

    var field: String { String(word.rawValue.prefix { $0 != "." }) }

    init(_ fault: EmailAddress.Fault) {
        switch fault {
        case .missing: self.init(.emailMissing)
        case .tooLong: self.init(.emailTooLong)
        case .noAt: self.init(.emailNoAt)
        case .severalAts: self.init(.emailSeveral)
        case .incomplete: self.init(.emailInvalid)
        case .space: self.init(.emailSpace)
        case .invisible: self.init(.emailInvisible)
        case .sign(let sign): self.init(.emailSign, sign: sign)
        case .domain: self.init(.emailDomain)
        }
    }

    init(_ problem: NameProblem) {
        switch problem {
        case .tooLong: self.init(.nameTooLong)
        case .link: self.init(.nameLink)
        case .unprintable, .missing: self.init(.nameInvalid)
        }
    }

    init(company problem: NameProblem) {
        switch problem {
        case .tooLong: self.init(.companyTooLong)
        case .link: self.init(.companyLink)
        case .unprintable, .missing: self.init(.companyInvalid)
        }
    }
}

/// All that is wrong with a form, at once.
struct Complaints: Error {
    let complaints: [FieldComplaint]

    init(_ complaints: [FieldComplaint]) {
        self.complaints = complaints
    }

    init(_ word: FieldComplaint.Word) { self.init([FieldComplaint(word)]) }
}

extension [FieldComplaint] {
    /// Nobody can say whether there is a person at the form.
    var areAnOutage: Bool { self == [FieldComplaint(.captchaUnavailable)] }
}
