import Foundation
import Mail
import Newsletter
import Outbound
import Web

/// What lies between the public address and this service, seen through its front door.
extension Doctor {
    func lookAtProxy(_ settings: Settings) async -> Finding {
        let url = settings.http.publicURL
        var headers: [HTTPHeader] = []
        if let keyring = try? KeyFile.existing(settings.keysFile) {
            headers.append(HTTPHeader(ProxyWatch.question, keyring.probe))
        }
        var configuration = HTTPClient.Configuration()
        configuration.certificateAuthorities = Self.authorities
        do throws(HTTPFailure) {
            let answer = try await HTTPClient(configuration: configuration).send(
                HTTPRequest(.get, "\(url)/livez", headers: headers, timeout: .seconds(5)))
            return finding(answer, at: url, of: settings.http)
        } catch {
            switch error {
            case .insecure(let why):
                return Finding(
                    "proxy", .wrong,
                    "\(url) cannot be trusted: \(why). A company’s own authority is named in COURANT_CA_FILE")
            case .unreachable(let why):
                return Finding("proxy", .well, "\(url) cannot be reached from this machine (\(why)): look from outside")
            default: return Finding("proxy", .well, "\(url) does not answer this machine: look from outside")
            }
        }
    }

    /// Where the proxy's certificate is a company's own authority's; named as it is to the client.
    private static var authorities: String? {
        let environment = ProcessInfo.processInfo.environment
        return ["COURANT_CA_FILE", "SSL_CERT_FILE"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    private func finding(_ answer: HTTPResponse, at url: PublicURL, of http: Settings.HTTP) -> Finding {
        guard answer.status == 200, answer.text == "alive\n" else {
            let place = "http://\(http.host):\(http.port)"
            return Finding(
                "proxy", .wrong,
                "\(url)/livez is answered with \(answer.status), and not by Courant: let the proxy pass \(url)/ on to \(place)"
            )
        }
        guard let said = answer[ProxyWatch.answer] else {
            return Finding(
                "proxy", .wrong,
                "\(url) is answered by another Courant: one with another key file, or of an older version. The links in your mails "
                    + "would lead there: set http.public-url to this one's address, or have the proxy pass it on to this one"
            )
        }
        let findings = said.split(separator: " ").compactMap { ProxyWatch.Finding(rawValue: String($0)) }
        return findings.isEmpty
            ? Finding("proxy", .well, "\(url) leads here, and says for whom it asks")
            : Finding("proxy", .wrong, "\(url): " + findings.map(\.advice).joined(separator: " "))
    }
}
