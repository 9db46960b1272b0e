package import Mail

/// Who writes, as every mail of a list shows it.
package struct Letterhead: Sendable {
    package var from: Correspondent
    package var replyTo: Correspondent?
    package var list: ListID?
    package var help: HeaderURI?
    package var owner: HeaderURI?
    package var feedbackID: FeedbackID?
    package var organisation: Organisation
    package var ground = Ground.consent
    /// The list that it is written for asks for the company, so that this is said to be stored as well.
    package var asksCompany = false

    package struct Organisation: Sendable {
        package var name: String
        package var address: String
        package var contact: String

        package init(name: String, address: String, contact: String) {
            self.name = name
            self.address = address
            self.contact = contact
        }
    }

    package init(
        from: Correspondent, replyTo: Correspondent? = nil, list: ListID? = nil, help: HeaderURI? = nil,
        owner: HeaderURI? = nil, feedbackID: FeedbackID? = nil, organisation: Organisation, ground: Ground = .consent
    ) {
        self.ground = ground
        self.from = from
        self.replyTo = replyTo
        self.list = list
        self.help = help
        self.owner = owner
        self.feedbackID = feedbackID
        self.organisation = organisation
    }
}

/// A mail as somebody wrote it, for all its recipients: Markdown and Mustache, still to be compiled.
package struct MailDraft: Sendable {
    package var kind: MailKind
    package var language: Language
    package var subject: String
    package var preheader: String
    package var body: String
    /// The line of its file on which `body` begins, so that findings name the file's lines.
    package var firstLine: Int
    /// Where the file has them; nil where there is none.
    package var subjectLine: Int?
    package var preheaderLine: Int?
    package var letterhead: Letterhead
    /// Variables that are the same for every recipient (`list`, `site_url`, `expires_hours`): written in when compiling.
    package var constants: [MailVariable: String]
    /// Whether the text may use `company`.
    package var mayNameCompany = true

    package init(
        kind: MailKind, language: Language, subject: String, preheader: String = "", body: String, firstLine: Int = 1,
        letterhead: Letterhead, constants: [MailVariable: String] = [:]
    ) {
        self.kind = kind
        self.language = language
        self.subject = subject
        self.preheader = preheader
        self.body = body
        self.firstLine = firstLine
        self.letterhead = letterhead
        self.constants = constants
    }

    /// The constants with the letterhead's own.
    var allConstants: [MailVariable: String] {
        var all = constants
        all[.organisationName] = letterhead.organisation.name
        all[.organisationAddress] = letterhead.organisation.address
        all[.organisationContact] = letterhead.organisation.contact
        all[.asksCompany] = letterhead.asksCompany ? "yes" : ""
        if all[.list] == nil { all[.list] = letterhead.list?.phrase.text }
        return all
    }
}

/// What is known only when one mail to one person is written.
package struct MailValues: Sendable, Redacted {
    package var recipient: EmailAddress
    /// The same each time the same mail is sent.
    package var messageID: MessageID
    package var date: MailDate
    package var name: String?
    package var company: String?
    package var unsubscribeURL: HeaderURI?
    /// For mail programs that leave by mail.
    package var leaveAddress: HeaderURI?
    /// Where mailbox providers may report complaints to.
    package var complaintAddress: EmailAddress?
    /// A whole field for the relay's owner, in ASCII.
    package var echo: String?
    /// Whatever else the kind of mail needs.
    package var others: [MailVariable: String]

    package init(
        recipient: EmailAddress, messageID: MessageID, date: MailDate, name: PersonName? = nil,
        company: CompanyName? = nil, unsubscribeURL: HeaderURI? = nil, leaveAddress: HeaderURI? = nil,
        complaintAddress: EmailAddress? = nil, echo: String? = nil, others: [MailVariable: String] = [:]
    ) {
        self.echo = echo
        self.complaintAddress = complaintAddress
        self.leaveAddress = leaveAddress
        self.recipient = recipient
        self.messageID = messageID
        self.date = date
        self.name = name?.text
        self.company = company?.text
        self.unsubscribeURL = unsubscribeURL
        self.others = others
    }

    subscript(variable: MailVariable) -> String? {
        switch variable {
        case .name: name
        case .company: company
        case .unsubscribeURL: unsubscribeURL?.text
        default: others[variable]
        }
    }
}
