import Foundation
import Newsletter

/// What a transaction knows by now, for all the verbs that share it.
final class TransactionCache {
    /// Nearly all of them want the same one or two.
    private var listsByID: [Int64: MailingList] = [:]
    private var listsBySlug: [Slug: MailingList] = [:]
    /// What the verbs that are still to come will ask; nil where nobody has asked for them.
    private var prefetched: Prefetched?
    /// Something was written, so that the commit waits for the disk.
    var isTouched = false

    struct Prefetched {
        /// By digest.
        var subscriptions: [Data: [Subscription]] = [:]
        /// By fingerprint: whether it stands there for every list.
        var wishes: [Data: Bool] = [:]
    }

    subscript(id: Int64) -> MailingList? { listsByID[id] }
    subscript(slug: Slug) -> MailingList? { listsBySlug[slug] }

    func note(_ list: MailingList) {
        listsByID[list.id] = list
        listsBySlug[list.slug] = list
    }

    // MARK: Foreseeing

    var isPrefetching: Bool { prefetched != nil }
    func note(_ found: Prefetched) { prefetched = found }

    func subscriptions(digest: Data) -> [Subscription]? { prefetched?.subscriptions[digest] }
    func isBarred(_ fingerprint: Data) -> Bool? { prefetched?.wishes[fingerprint] }

    /// A verb has written about this person, or about anybody.
    func hasChanged(_ person: BlindIndex?) {
        guard let person else { return prefetched = nil }
        prefetched?.subscriptions[person.digest] = nil
        prefetched?.wishes[person.fingerprint] = nil
    }

    /// A list was changed, or something was undone.
    func forget() {
        listsByID.removeAll()
        listsBySlug.removeAll()
        prefetched = nil
        isTouched = false
    }
}
