package import Foundation
import Mail
package import Outbound
import Synchronization

/// Asks the captcha's provider about a response, over HTTPS, once. What is asked is the response itself and nothing about
/// the visitor: the visitor's IP address stays in the house.
///
/// A provider that cannot answer (no connection, too slow, 5xx, nonsense) is `.unavailable`. One that does not want to
/// answer us (wrong secret, quota) is a refusal that must alert: whoever can use up a quota must not be let in by it.
package final class SiteVerify: Captcha {
    package struct Configuration: Sendable {
        package var provider: CaptchaProvider
        package var secret: String
        /// Instead of the provider's own address.
        package var verifyURL: String?
        /// Where our forms stand: a captcha solved anywhere else is worth nothing here.
        package var hostnames: Set<String>
        package var minimumScore: Double
        /// For everything, from the first look at the name.
        package var timeout: Duration = .seconds(3)
        /// Questions at once; more are `.unavailable(.busy)`.
        package var questionsAtOnce = 512

        package init(
            provider: CaptchaProvider, secret: String, hostnames: Set<String>, minimumScore: Double = 0.5,
            verifyURL: String? = nil
        ) {
            self.provider = provider
            self.secret = secret
            self.hostnames = Set(hostnames.map(\.asHost))
            self.minimumScore = minimumScore
            self.verifyURL = verifyURL
        }
    }

    private let configuration: Configuration
    private let http: HTTPClient
    private let asking = Atomic(0)

    package init(_ configuration: Configuration, http: HTTPClient) {
        self.configuration = configuration
        self.http = http
    }

    package var field: String? { configuration.provider.field }

    package func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        guard !response.utf8.isEmpty else { return .refused(.missing) }
        guard response.utf8.count <= configuration.provider.longestResponse else { return .refused(.failed) }
        guard asking.add(1, ordering: .relaxed).newValue <= configuration.questionsAtOnce else {
            asking.subtract(1, ordering: .relaxed)
            return .unavailable(.busy)
        }
        defer { asking.subtract(1, ordering: .relaxed) }
        do {
            let answer = try await http.send(question(response))
            return verdict(on: answer, action: action)
        } catch {
            return .unavailable(CaptchaOutage(error))
        }
    }

    private func question(_ response: String) -> HTTPRequest {
        HTTPRequest(
            .post, configuration.verifyURL ?? configuration.provider.verifyURL,
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
            ],
            body: formEncoded([("secret", configuration.secret), ("response", response)]),
            timeout: configuration.timeout, longestAnswer: 64 * 1024)
    }

    private func verdict(on answer: HTTPResponse, action: String?) -> CaptchaVerdict {
        let said = try? JSONDecoder().decode(SiteVerifyAnswer.self, from: Data(answer.body))
        let codes = said?.errorCodes ?? []
        guard answer.status == 200 else {
            let isTheirFault = answer.status >= 500 || answer.status < 400
            guard isTheirFault else { return .refused(.notServed(status: answer.status, codes: codes)) }
            return .unavailable(.broken(status: answer.status))
        }
        guard let said else { return .unavailable(.unreadable) }
        guard said.success else { return verdict(onCodes: codes) }
        return refusal(said, action: action).map { .refused($0) } ?? .passed
    }

    private func verdict(onCodes codes: [String]) -> CaptchaVerdict {
        let ours: Set = [
            "missing-input-secret", "invalid-input-secret", "bad-request", "invalid-keys", "sitekey-secret-mismatch",
            "not-using-dummy-passcode", "not-using-dummy-secret",
        ]
        if codes.contains(where: ours.contains) { return .refused(.notServed(status: 200, codes: codes)) }
        if codes.contains("internal-error") { return .unavailable(.broken(status: 200)) }
        let spent: Set = [
            "timeout-or-duplicate", "invalid-or-already-seen-response", "already-seen-response",
            "expired-input-response",
        ]
        return .refused(codes.contains(where: spent.contains) ? .spent : .failed)
    }

    /// What a success must not say. The provider has judged for itself how old it is and whether it came before; our clock
    /// may be wrong.
    private func refusal(_ said: SiteVerifyAnswer, action: String?) -> CaptchaRefusal? {
        let provider = configuration.provider
        if let host = said.hostname, !configuration.hostnames.contains(host.asHost) {
            return .otherHost(host, ours: configuration.hostnames.sorted())
        }
        if provider.hasAction, let action, let other = said.action, other != action { return .otherAction }
        guard provider.hasScore else { return nil }
        guard let score = said.score, score.isFinite else { return .noScore }
        return score >= configuration.minimumScore ? nil : .lowScore(score)
    }
}

extension String {
    /// In one spelling, of those that a provider may use.
    fileprivate var asHost: String {
        let name = utf8.last == UInt8(ascii: ".") ? String(dropLast()) : self
        return DomainName.host(name) ?? name.lowercased()
    }
}

extension CaptchaOutage {
    fileprivate init(_ failure: HTTPFailure) {
        switch failure {
        case .timedOut, .cancelled: self = .timedOut
        case .unreachable(let text), .insecure(let text): self = .unreachable(text)
        case .inside: self = .unreachable("The verify URL leads to the inside of the network")
        case .malformedRequest: self = .unreachable("The verify URL is malformed")
        case .tooLarge, .garbled: self = .unreadable
        }
    }
}
