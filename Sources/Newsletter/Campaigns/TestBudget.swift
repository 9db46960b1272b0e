import Foundation
import Mail

/// How many test mails may be sent: by one member of staff, and to one address. A domain's share is the one that forms
/// spend from as well.
package struct TestBudget: Sendable {
    package static let perHour = 20
    private static let perAddress = 20

    private let mails: MailBudget?
    private let members = RateLimiter<String>(perHour, per: .seconds(3600))
    private let addresses = RateLimiter<Data>(perAddress, per: .seconds(86_400))

    init(_ mails: MailBudget?) {
        self.mails = mails
    }

    func spend(on address: EmailAddress, by actor: Actor, keyring: Keyring, at uptime: Duration) throws {
        if let wait = members?.spend(actor.text, at: uptime) { throw Refusal.tooMany(wait) }
        guard addresses?.spend(keyring.mailbox(of: address), at: uptime) == nil,
            mails?.hasRoom(inDomainOf: address, at: uptime) ?? true
        else { throw Refusal.noTestTo }
    }
}
