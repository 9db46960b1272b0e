/// What came back about a mail of ours, read from the mail that says so: a bounce, a complaint, somebody's wish to leave, an
/// automatic answer. Reading it proves nothing and touches nothing: whose it is, only the marks can say, by the code that
/// they bear (see `Mark`), and what follows is for whoever checks them.
///
/// Pure: bytes in, a value out. No more than `longest` bytes are read, no deeper than a report is built (RFC 6522), and
/// whatever stands there is read somehow: what is no report is an automatic answer, which nobody acts on.
package struct Report: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// With a part for machines (RFC 3464, RFC 6533).
        case delivery
        /// In words alone, as some servers write.
        case text
        /// Somebody pressed the spam button (RFC 5965).
        case complaint
        /// Everything else.
        case reply
    }

    package let kind: Kind
    package let verdict: ReportClass
    /// The code that it was judged by: `5.1.1`, or `550`, or empty.
    package let status: String
    /// Where the tag may stand, the likeliest first.
    package private(set) var marks: [Mark]
    /// For whom delivery failed, as the reporting server writes them. An alias is expanded to others than we wrote to.
    package let recipients: [String]
    /// `Message-ID` of the returned mail: it names the campaign where the mark does not, and proves nothing.
    package let messageID: String?
    /// Nothing says that a machine wrote it.
    package let isByPerson: Bool

    /// Of a mail no more is read; the status stands in the first few.
    package static let longest = 256 * 1024

    package init(
        kind: Kind, verdict: ReportClass, status: String = "", marks: [Mark], recipients: [String] = [],
        messageID: String? = nil, isByPerson: Bool = false
    ) {
        self.kind = kind
        self.verdict = verdict
        self.status = status
        self.marks = marks
        self.recipients = recipients
        self.messageID = messageID
        self.isByPerson = isByPerson
    }

    /// The same, handed to that address: as a rule the tag stands in it.
    package func handed(to recipient: String) -> Report {
        var report = self
        report.marks.insert(Mark(place: .recipient, text: recipient), at: 0)
        return report
    }
}

/// A text in which the tag, or the link of a mail of ours, may stand. Whoever writes to us chose it: nothing but the tag's
/// own code makes it somebody's.
package struct Mark: Sendable, Equatable {
    package enum Place: Sendable {
        /// An address that the report was sent to.
        case recipient
        /// What the returned mail had as `Return-Path`, or a provider's echo of it.
        case returned
        /// What it had as `List-Unsubscribe`.
        case unsubscribe
    }

    package let place: Place
    package let text: String

    package init(place: Place, text: String) {
        self.place = place
        self.text = text
    }
}
