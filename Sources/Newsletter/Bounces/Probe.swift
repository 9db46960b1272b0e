package import Foundation
package import Mail
import Reports

/// A mail to ourselves, to be seen as it comes back by an open door. `courantd doctor mail` writes down that it waits for it,
/// whichever instance takes it puts it there, and nobody is asked about it: it is no report about a person.
package struct Probe: Sendable {
    package let id: SubscriptionID
    /// What it is like, in words for the operator.
    package let kind: String
    package let mail: OutgoingMail

    /// What has not been fetched by then is swept away.
    package static let lifetime: Duration = .seconds(3600)

    /// The same, with other bytes: signed.
    package func carrying(_ content: [UInt8]) -> Probe {
        var mail = mail
        mail.content = content
        return Probe(id: id, kind: kind, mail: mail)
    }
}

/// Probes that somebody waits for. What comes in their name after that is dropped, as everybody's is who is gone.
package protocol ProbeRecords {
    func insertProbe(_ id: SubscriptionID, at: Date) throws
    /// The first mail that comes with its tag counts. Does nothing where nobody waits for it.
    func keepProbe(_ id: SubscriptionID, mail: Data) throws
    /// Nil until it has come.
    func probe(_ id: SubscriptionID) throws -> Data?
    func deleteProbe(_ id: SubscriptionID) throws
    func hasProbes(madeOutside living: ClosedRange<Date>) throws -> Bool
    func deleteProbes(madeOutside living: ClosedRange<Date>) throws
}

extension Report {
    /// The probe that it is, or that it is about.
    func probe(_ keyring: Keyring) -> SubscriptionID? {
        marks.lazy.compactMap { BounceTag.find(in: $0.text, keyring: keyring) }.first.flatMap {
            $0.purpose == .probe ? $0.subscription : nil
        }
    }
}
