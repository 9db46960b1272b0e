import Rendering

extension OutboxMail.Kind {
    var mailKind: MailKind {
        switch self {
        case .confirm: .confirm
        case .welcome: .welcome
        case .alreadySubscribed: .alreadySubscribed
        case .privacyLink: .privacyLink
        case .privacyFingerprint: .privacyFingerprint
        case .changeAddress: .changeAddress
        case .changeNotice: .changeNotice
        case .restrictionLifted: .restrictionLifted
        case .test: .newsletter
        }
    }
}
