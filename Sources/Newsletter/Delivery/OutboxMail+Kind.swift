import Rendering

extension OutboxMail.Kind {
    /// The text and the headers that it is written with.
    var mailKind: MailKind {
        switch self {
        case .confirm: .confirm
        case .importConfirm: .importConfirm
        case .broughtConfirm: .broughtConfirm
        case .welcome: .welcome
        case .alreadySubscribed: .alreadySubscribed
        case .privacyLink: .privacyLink
        case .privacyFingerprint: .privacyFingerprint
        case .changeAddress: .changeAddress
        case .changeNotice: .changeNotice
        case .restrictionLifted: .restrictionLifted
        case .stillInterested: .stillInterested
        case .firstNotice: .firstNotice
        case .announcement: .announcement
        case .test: .newsletter
        }
    }
}
