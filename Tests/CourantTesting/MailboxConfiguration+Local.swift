package import Fetching
import Outbound

extension MailboxConfiguration {
    /// Of a server that a test has started: impatient, and in the clear.
    package static func local(
        _ scheme: MailboxAddress.Scheme, _ port: Int, as user: String = "courant"
    ) -> MailboxConfiguration {
        var configuration = MailboxConfiguration(
            address: MailboxAddress(scheme: scheme, host: "localhost", port: port), user: user,
            secret: .password("correct horse"))
        configuration.requiresTLS = false
        configuration.interval = .milliseconds(5)
        configuration.backoff = .init(first: .milliseconds(5), longest: .milliseconds(5))
        configuration.loginBackoff = configuration.backoff
        return configuration
    }
}
