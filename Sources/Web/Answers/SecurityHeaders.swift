import HTTPTypes
import Hummingbird
import Mail

/// What every answer says to browsers, whatever its route: load nothing from elsewhere, tell nobody where you come from,
/// keep no copy. A route that wants it otherwise has said so in its own headers.
struct SecurityHeaders: RouterMiddleware {
    private let defaults: HTTPFields

    /// `isEncrypted`: visitors come by HTTPS, and shall do so from now on.
    init(isEncrypted: Bool) {
        var defaults: HTTPFields = [
            .contentSecurityPolicy: ContentPolicy().text,
            .referrerPolicy: "no-referrer",
            .openerPolicy: "same-origin",
            .xContentTypeOptions: "nosniff",
            .cacheControl: "no-store",
        ]
        if isEncrypted { defaults[.strictTransportSecurity] = "max-age=63072000" }
        self.defaults = defaults
    }

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // Also where no route answers: nothing but headers may follow HEAD (RFC 9110 §9.3.2).
        if request.method == .head { response = response.createHeadResponse() }
        for field in defaults where !response.headers.contains(field.name) { response.headers.append(field) }
        return response
    }
}

/// A Content-Security-Policy: nothing is allowed but our own styles, images and forms.
struct ContentPolicy {
    private var formTargets: [String] = []
    private var styles = ""
    private var extra = ""

    init() {}

    /// The sign-up page's: the captcha's hosts, and where a form may be redirected to, which browsers count as its target.
    init(signingUpAt site: PublicSite) {
        formTargets = Set(site.redirects.values.compactMap { Self.origin(of: $0) }).sorted()
        guard let widget = site.widget else { return }
        styles = widget.styles
        extra = widget.allowances
    }

    var text: String {
        let targets = (["'self'"] + formTargets).joined(separator: " ")
        return
            "default-src 'none'; style-src 'self'\(styles); img-src 'self'; form-action \(targets); base-uri 'none'; "
            + "frame-ancestors 'none'\(extra)"
    }

    /// `https://host:port` of an absolute address.
    private static func origin(of url: String) -> String? {
        let bytes = Array(url.utf8)
        guard let scheme = bytes.place(of: Array("://".utf8)) else { return nil }
        let host = bytes[scheme.upperBound...].prefix { !"/?#".utf8.contains($0) }
        return String(decoding: bytes[..<scheme.upperBound] + host, as: UTF8.self)
    }
}
