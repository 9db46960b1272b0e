import Mail
package import Newsletter
package import Rendering

/// Who and where we are, as visitors see it: the settings that pages and answers show.
package struct PublicSite: Sendable {
    package var publisher: Publisher
    /// The service's version, for staff.
    package var version: String
    /// For visitors whose browser asks for none that we have.
    package var language: Language
    /// For a sign-up that names no list; nil takes the only list that is offered, if there is only one.
    package var defaultList: Slug?
    /// What the sign-up page shows of the captcha; nil where there is none.
    package var widget: CaptchaWidget?
    /// Other sites whose scripts may sign visitors up, as `https://host`.
    package var allowedOrigins: Set<String> = []
    /// Whether visitors are let in while the captcha's provider cannot be asked; the confirm mail still guards.
    package var letsInDuringOutage = false
    /// Where a form goes after a sign-up, by the word in its field `next`. Never an address from the form itself.
    package var redirects: [String: String] = [:]
    package var proxies = Proxies()
    /// The host's own word, by which it asks what the proxy before us says; see `ProxyWatch`.
    package var probe: String?
    /// At which answers leave that must not tell what was done.
    package var constantTime = ConstantTime(.milliseconds(5))

    package init(_ publisher: Publisher, version: String, language: Language) {
        self.publisher = publisher
        self.version = version
        self.language = language
    }

    var isEncrypted: Bool { publisher.publicURL.isEncrypted }
}
