/// A mailbox that one is signed in to. Confined to the fetcher's thread.
protocol MailboxSession: AnyObject {
    /// How many mails are in the box.
    var count: Int { get }
    /// It ends with what one look has brought: with POP3, nothing is deleted before.
    var isForOneLook: Bool { get }
    /// What the server is able to do that matters to us, in words for the operator.
    var traits: [String] { get }

    /// Shows each mail that was not shown before to `take`, and deletes those that it says so of. Returns whether there is more.
    func readNew(
        _ memory: inout MailboxMemory, _ take: (FetchedMail) -> MailFate
    ) throws(FetchFailure) -> Bool

    /// Returns true when something may have come, false where that cannot be waited for, or is not wanted any more.
    func waitForMail(while isWanted: () -> Bool) throws(FetchFailure) -> Bool

    /// Says good-bye.
    func leave() throws(FetchFailure)
}

/// Which mails have been looked at and left where they are: somebody else's. It is kept while the process lives; afterwards each
/// is looked at once more.
struct MailboxMemory {
    /// IMAP: all up to this UID, as long as UIDs are those of `validity`.
    var highest: UInt32 = 0
    var validity: UInt32?
    /// IMAP without UIDPLUS: what we have marked as deleted, and could perhaps not remove.
    var marked: Set<UInt32> = []
    /// POP3: by the hash of their UIDL.
    var known: Set<Int> = []

    /// Another UIDVALIDITY: the numbers mean other mails (RFC 3501 §2.3.1.1).
    mutating func begin(_ validity: UInt32?) {
        if validity == nil || validity != self.validity { (highest, marked) = (0, []) }
        self.validity = validity
    }
}
