import Captcha
import Foundation
import Mail
import NIOCore

/// Who keeps robots from the form.
extension Settings {
    mutating func readCaptcha(_ reader: inout SettingsReader) {
        guard let provider = reader.word("captcha.provider", CaptchaChoice.Provider.self) else {
            if reader.text("captcha.provider") == nil {
                reader.problem(
                    "captcha.provider",
                    "is missing: recaptcha, turnstile, hcaptcha or proof-of-work; or none, in so many words, for no captcha"
                )
            }
            return
        }
        captcha.provider = provider
        captcha.action = reader.text("captcha.action")
        captcha.minimumScore = reader.value("captcha.minimum-score", "a number from 0 to 1") { text in
            Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
        captcha.timeout = reader.duration("captcha.timeout", in: .seconds(1)...Duration.seconds(30)) ?? captcha.timeout
        captcha.onOutage = reader.word("captcha.on-outage", CaptchaChoice.Outage.self) ?? .closed
        captcha.verifyURL = reader.value(
            "captcha.verify-url",
            "an https:// address (http:// only for localhost): the secret and the answers go there"
        ) { WebAddress.isOrdinary($0) ? $0 : nil }
        captcha.hostnames = reader.texts("captcha.hostnames").compactMap { text in
            if let host = DomainName.host(text) { return host }
            if (try? SocketAddress(ipAddress: text, port: 0)) != nil { return text }
            reader.problem("captcha.hostnames", "\"\(text)\" is not a host such as www.example.org")
            return nil
        }
        if captcha.hostnames.isEmpty { captcha.hostnames = [http.publicURL.host] }
        captcha.scriptHost = reader.value("captcha.script-host", "a host such as www.recaptcha.net, or https://host") {
            Self.isScriptHost($0) ? $0 : nil
        }
        captcha.isInvisible = reader.word("captcha.invisible", Answer.self) == .yes
        if captcha.isInvisible, provider != .recaptcha || captcha.minimumScore != nil {
            reader.problem("captcha.invisible", "is for reCAPTCHA v2: provider recaptcha, without a minimum-score")
        }
        captcha.difficulty = reader.number("captcha.difficulty", in: ProofOfWork.difficulties) ?? captcha.difficulty
        guard provider != .none, provider != .proofOfWork else { return }
        captcha.siteKey = reader.required("captcha.site-key", "the provider's public key of this site")
        captcha.secret = readCaptchaSecret(&reader)
        for key in ["captcha.site-key", "captcha.secret"] {
            let value = key == "captcha.secret" ? captcha.secret : captcha.siteKey
            if CaptchaProvider.isKnownTestKey(value) {
                reader.problem(key, "is the provider's test key, with which everybody passes: make keys of your own")
            }
        }
    }

    /// In the environment, in a file of its own, or in the settings.
    private func readCaptchaSecret(_ reader: inout SettingsReader) -> String {
        guard let secret = reader.secret("captcha.secret-file") else {
            return reader.text("captcha.secret-file") == nil
                ? reader.required(
                    "captcha.secret", "the provider's secret for that site key; or give captcha.secret-file")
                : ""
        }
        if reader.text("captcha.secret") != nil {
            reader.problem("captcha.secret-file", "stands beside captcha.secret: give one of the two")
        }
        return secret
    }

    enum Answer: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    private static func isScriptHost(_ text: String) -> Bool {
        guard text.utf8.place(of: "://".utf8) != nil else {
            return DomainName.ascii(text)?.utf8.elementsEqual(text.lowercased().utf8) == true
        }
        return WebAddress.isOrdinary(text) && URL(string: text)?.path.isEmpty == true
    }
}

/// An address of somebody else's that is written into settings.
enum WebAddress {
    /// Absolute, by https, or by http on this host; nothing that hides where it leads.
    static func isOrdinary(_ text: String) -> Bool {
        guard let url = URL(string: text), let host = url.host, !host.isEmpty, url.user == nil, url.password == nil,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\;,'\"".utf8.contains($0) })
        else { return false }
        return url.scheme == "https" || (url.scheme == "http" && PublicURL.isThisMachine(host))
    }
}
