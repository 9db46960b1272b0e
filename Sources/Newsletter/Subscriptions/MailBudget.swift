import Foundation
import Mail

/// How many mails a form may cause: to one address, and to one domain. Whoever posts learns nothing of it; what is too
/// much is simply not written. Kept in memory alone, by the address's digest, without what follows a `+`:
/// that is the same mailbox.
///
/// An address's own row knows when it was last written to. This also counts for rows that are gone: somebody who refuses a
/// sign-up, or leaves, is not to be signed up again and again.
final class MailBudget: Sendable {
    private let addresses: Budgets<Data>?
    private let domains: Budgets<String>?

    init(_ rules: Subscriptions.Rules) {
        addresses = Budgets(rules.addressPerDay, per: .seconds(86_400))
        domains = Budgets(rules.domainPerHour, per: .seconds(3600))
    }

    func mayWrite(to address: EmailAddress, keyring: Keyring, at uptime: Duration) -> Bool {
        mayWrite(to: address, mailbox: keyring.mailbox(of: address), at: uptime)
    }

    /// `mailbox` is the address's, as the keyring tells it.
    func mayWrite(to address: EmailAddress, mailbox: Data, at uptime: Duration) -> Bool {
        guard addresses?.spend(mailbox, at: uptime) == nil else { return false }
        return domains?.spend(address.domain.lowercased(), at: uptime) == nil
    }
}

extension Keyring {
    func mailbox(of address: EmailAddress) -> Data {
        let local = address.localPart.lowercased().utf8.prefix { $0 != UInt8(ascii: "+") }
        return indexStamp.code(of: Data(local) + Data("@\(address.domain)".utf8))
    }
}
