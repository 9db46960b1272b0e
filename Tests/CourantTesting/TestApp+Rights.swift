import Mail
package import Newsletter
import Rendering
import Wiring

/// What somebody does who wants to know what we hold.
extension TestApp {
    /// Asks for the link on the privacy page, and takes it from the mail.
    package func privacyLink(_ address: String) async throws -> Token {
        clock.advance(.seconds(3601))
        try await courant.rights.requestLink(EmailAddress(address), language: .english)
        try await deliverAllMail()
        guard let token = relay.mails(to: address).last?.token(after: "/privacy/").flatMap({ Token($0) }) else {
            throw TestFailure("no privacy link came for \(address)")
        }
        return token
    }

    /// Presses the button in the new mailbox.
    @discardableResult package func confirmChange(_ address: String) async throws -> [Subscription] {
        try await deliverAllMail()
        guard let token = relay.mails(to: address).last?.token(after: "/address/").flatMap({ Token($0) }) else {
            throw TestFailure("no link to confirm \(address) came")
        }
        return try await courant.rights.confirmChange(token)
    }

    /// A member of staff, who has made sure of whom they serve.
    package func staff(for address: String) throws -> DataSubject {
        .address(try EmailAddress(address), by: .staff("Pia"))
    }

    package func find(_ address: String) async throws -> PersonalData {
        try await courant.rights.find(EmailAddress(address), by: .staff("Pia"))
    }
}
