import Foundation
import Mail

/// How many mails a form may cause: to one address, and to one domain. Whoever posts learns nothing of it; what is too
/// much is simply not written. Kept in memory alone, by the address's digest, without what follows a `+`:
/// that is the same mailbox.
///
/// An address's own row knows when it was last written to. This also counts for rows that are gone: somebody who refuses a
/// sign-up, or leaves, is not to be signed up again and again.
package final class MailBudget: Sendable {
    private let addresses: RateLimiter<Data>?
    private let domains: RateLimiter<String>?

    init(_ rules: Subscriptions.Rules) {
        addresses = RateLimiter(rules.addressPerDay, per: .seconds(86_400))
        domains = RateLimiter(rules.domainPerHour, per: .seconds(3600))
    }

    /// Spends from the domain's share, which is asked of whoever posts, before anybody looks who that is: what others of the
    /// domain still get must not tell whether one of them is held.
    func hasRoom(inDomainOf address: EmailAddress, at uptime: Duration) -> Bool {
        domains?.spend(address.domain.lowercased(), at: uptime) == nil
    }

    /// Spends from the mailbox's own share, as the keyring tells it.
    func hasRoom(for mailbox: Data, at uptime: Duration) -> Bool {
        addresses?.spend(mailbox, at: uptime) == nil
    }
}

extension Keyring {
    func mailbox(of address: EmailAddress) -> Data {
        let local = address.localPart.lowercased().utf8.prefix { $0 != UInt8(ascii: "+") }
        return indexStamp.code(of: Data(local) + Data("@\(address.domain)".utf8))
    }
}
