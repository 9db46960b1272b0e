import Newsletter

/// A transaction, whatever the engine. What it says about each noun stands in a file of that noun's name.
struct SQLTransaction: Transaction {
    let connection: any SQLConnection
    let known = KnownLists()
    /// Told that bytes are to be scrubbed once this is committed.
    let onErasure: () -> Void

    func touch() throws {
        try connection.execute("UPDATE installation SET key_check = key_check")
    }
}

/// The lists that a transaction has looked at: many verbs share it, and nearly all of them want the same one or two.
final class KnownLists {
    private var byID: [Int64: MailingList] = [:]
    private var bySlug: [Slug: MailingList] = [:]

    subscript(id: Int64) -> MailingList? { byID[id] }
    subscript(slug: Slug) -> MailingList? { bySlug[slug] }

    func note(_ list: MailingList) {
        byID[list.id] = list
        bySlug[list.slug] = list
    }

    /// One of them was changed, or a change of one was undone.
    func forget() {
        byID.removeAll()
        bySlug.removeAll()
    }
}
