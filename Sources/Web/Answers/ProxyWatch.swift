import HTTPTypes
package import Hummingbird
import Logging
import Mail
import Synchronization

/// Tells the operator, once for each, what the proxy before us leaves out or is not believed. Nothing of a visitor is told.
///
/// What programs on this machine ask is no proxy's, so only browsers' requests show that a header is missing.
package struct ProxyWatch: RouterMiddleware {
    /// The host's own word goes in the one header, and what we miss comes back in the other: `none`, or findings by name.
    package static let question = "Courant-Probe"
    package static let answer = "Courant-Proxy"

    private let site: PublicSite
    private let said = Said()

    init(_ site: PublicSite) {
        self.site = site
    }

    package enum Finding: String, CaseIterable, Sendable {
        case noClient = "no-client"
        case noScheme = "no-scheme"
        case notTrusted = "not-trusted"
        case anotherProxy = "another-proxy"
    }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let findings = findings(request.headers, context)
        if let word = site.probe, request.headers[.probe] == word {
            let text = findings.isEmpty ? "none" : findings.map(\.rawValue).joined(separator: " ")
            return try await next(request, context).with(.probed, text)
        }
        if request.headers[.userAgent]?.utf8.starts(with: "Mozilla/".utf8) == true || findings == [.notTrusted] {
            // What stands left of the last proxy can be anybody's word, unless the host itself asks.
            for finding in findings where finding != .anotherProxy && said.isNew(finding) {
                context.logger.warning("\(finding.event)", metadata: ["advice": "\(finding.advice)"])
            }
        }
        return try await next(request, context)
    }

    private func findings(_ headers: HTTPFields, _ context: WebContext) -> [Finding] {
        guard let peer = context.peer else { return [] }
        let (client, scheme) = (headers[.forwardedFor], headers[.forwardedProto])
        guard IPAddress(peer).map(site.proxies.isTrusted) ?? true else {
            return client == nil && scheme == nil ? [] : [.notTrusted]
        }
        let others: [Finding] =
            site.proxies.origin(headers, from: peer).speaksForOthers ? [.anotherProxy] : []
        guard site.isEncrypted else { return others }
        return others + (client == nil ? [.noClient] : []) + (scheme == nil ? [.noScheme] : [])
    }
}

extension ProxyWatch.Finding {
    fileprivate var event: String {
        switch self {
        case .noClient: "the proxy does not say for whom it asks"
        case .noScheme: "the proxy does not say whether its visitors come by https"
        case .notTrusted: "a forwarded request from a machine that is not trusted"
        case .anotherProxy: "a proxy before the proxy that is not trusted"
        }
    }

    package var advice: String {
        switch self {
        case .noClient:
            "Let it send X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for). Until "
                + "then its visitors count as programs on this machine, for which limits.* do not hold."
        case .noScheme:
            "Let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme). Until then a staff "
                + "member's token is taken that came to it in the clear."
        case .notTrusted:
            "If that is your proxy, name it in http.trusted-proxies: without, all its visitors share one network's limits. "
                + "If none is before this service, somebody has made the header up, and nothing came of it."
        case .anotherProxy:
            "Visitors come through one more proxy, such as a CDN or a load balancer: name its networks in "
                + "http.trusted-proxies. Without, all who come through it share one network's limits."
        }
    }
}

private final class Said: Sendable {
    private let findings = Mutex<Set<ProxyWatch.Finding>>([])

    func isNew(_ finding: ProxyWatch.Finding) -> Bool { findings.withLock { $0.insert(finding).inserted } }
}
