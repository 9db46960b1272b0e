import Newsletter
package import Reports

/// A mail provider that rewrites the return path, so that no bounce comes back by mail: it calls a URL of ours instead.
///
/// A call passes three doors. The secret in the path keeps strangers out, before anything is read. Then the call must
/// be the provider's own: by its signature, or by the user and password that it was given, where it signs nothing. And
/// what it reports is acted upon only where it brings back the tag of a mail of ours: an address in it is never looked
/// up.
package struct Hook: Sendable {
    package let provider: HookProvider
    /// In the URL: who does not know it finds nothing there.
    package let secret: String
    private let format: any HookFormat

    /// Nil where the key or a topic is none of this provider's.
    ///
    /// - Parameters:
    ///   - key: what its calls are checked with; `docs/operator.md` says what each has.
    ///   - topics: whose messages are taken, where they come by a service that carries everybody's.
    package init?(provider: HookProvider, secret: String, key: String = "", topics: [String] = []) {
        guard let format = provider.format(key: key, topics: topics) else { return nil }
        self.provider = provider
        self.secret = secret
        self.format = format
    }

    /// What an authentic call says, and by what it is known if it comes again.
    package func open(_ call: HookCall) async throws(HookFailure) -> OpenedCall { try await format.open(call) }

    /// Of whom nothing is to be said is left out; whose the others are, the tags in them say.
    package func reports(_ opened: OpenedCall) throws(HookFailure) -> [Report] {
        var reports: [Report] = []
        for event in opened.events {
            if let report = try format.report(event) { reports.append(report) }
        }
        return reports
    }
}

/// What is particular about a provider.
protocol HookFormat: Sendable {
    /// Throws unless the call is the provider's own.
    func open(_ call: HookCall) async throws(HookFailure) -> OpenedCall
    /// What an event is to us; nil: nothing.
    func report(_ event: JSONValue) throws(HookFailure) -> Report?
}

package enum HookProvider: String, Sendable, CaseIterable {
    /// A script of one's own.
    case generic
    case ses, postmark, mailgun, sendgrid, brevo, mailjet, sparkpost, scaleway, resend, postal

    /// Whether it has a key, or something else that its calls are checked with.
    package var hasKey: Bool { self != .ses }
    /// Whether it calls by a service that carries everybody's messages.
    package var hasTopics: Bool { self == .ses || self == .scaleway }

    fileprivate func format(key: String, topics: [String]) -> (any HookFormat)? {
        switch self {
        case .generic: GenericHook(key: key)
        case .ses: SESHook(topics: topics)
        case .postmark: PostmarkHook(key: key)
        case .mailgun: MailgunHook(key: key)
        case .sendgrid: SendGridHook(key: key)
        case .brevo: BrevoHook(key: key)
        case .mailjet: MailjetHook(key: key)
        case .sparkpost: SparkPostHook(key: key)
        case .scaleway: ScalewayHook(authorities: key, topics: topics)
        case .resend: ResendHook(key: key)
        case .postal: PostalHook(key: key)
        }
    }

    var door: ReportDoor {
        switch self {
        case .generic: .generic
        case .ses: .ses
        case .postmark: .postmark
        case .mailgun: .mailgun
        case .sendgrid: .sendgrid
        case .brevo: .brevo
        case .mailjet: .mailjet
        case .sparkpost: .sparkpost
        case .scaleway: .scaleway
        case .resend: .resend
        case .postal: .postal
        }
    }
}
