import Mail
import Newsletter
import Web

/// Where the service listens, and where the outside sees it.
extension Settings {
    mutating func readHTTP(_ reader: inout SettingsReader) {
        http.host = reader.text("http.host") ?? http.host
        http.port = reader.number("http.port", in: 0...65_535) ?? http.port
        metrics.host = reader.text("metrics.host") ?? metrics.host
        metrics.port = reader.number("metrics.port", in: 1...65_535)
        readPublicURL(&reader)
        http.trustedProxies = reader.texts("http.trusted-proxies")
        for proxy in http.trustedProxies {
            guard let range = AddressRange(proxy) else {
                reader.problem("http.trusted-proxies", "\"\(proxy)\" is not an IP address or range such as 10.0.0.0/8")
                continue
            }
            if range.isEverybody {
                reader.problem(
                    "http.trusted-proxies",
                    "\(proxy) is everybody: whoever likes could then say to be somebody else. Name the proxies")
            }
        }
        http.allowedOrigins = reader.texts("http.allowed-origins").compactMap { text in
            guard let site = try? PublicURL(text), site.path.isEmpty else {
                reader.problem(
                    "http.allowed-origins",
                    "\"\(text)\" is not a site's https:// address without a path, such as https://www.example.org")
                return nil
            }
            return site.origin
        }
    }

    private mutating func readPublicURL(_ reader: inout SettingsReader) {
        let key = "http.public-url"
        let text = reader.required(key, "links in mails begin with it, e.g. https://news.example.org")
        guard !text.isEmpty else { return }
        do throws(PublicURL.Problem) {
            let address = try PublicURL(text)
            if let fault = address.fault { return reader.problem(key, "\"\(text)\" \(fault)") }
            http.publicURL = address
        } catch {
            reader.problem(key, "\"\(text)\" \(error.words)")
        }
    }
}

extension PublicURL {
    /// What keeps an address from being ours, though it is one.
    fileprivate var fault: String? {
        // The very type that stands in each newsletter's head, with the longest of our links.
        let link = UnsubscribeLink(.random(), place: .body, keyring: .random()).text
        guard HeaderURI("\(text)/unsubscribe/\(link)") != nil else { return "is too long for the links in mails" }
        let first = path.utf8.split(separator: UInt8(ascii: "/")).first.map { String(Substring($0)) }
        guard let first, BelowPath.taken.contains(first) else { return nil }
        return "begins its path with /\(first), which is an address of Courant's own: choose another, such as /news"
    }
}

extension PublicURL.Problem {
    /// Behind the address.
    fileprivate var words: String {
        switch self {
        case .incomplete: "is not an https:// address (http:// only for localhost)"
        case .unencrypted: "is not an https:// address (http:// only for localhost)"
        case .user: "names a user: leave out what stands before the @"
        case .query: "has a ? or #: leave out what begins there"
        case .host: "has no usable host: a name such as news.example.org, or an IP address"
        case .port: "has no usable port: a number from 1 to 65535"
        case .path: "has a path that links cannot carry everywhere: use letters, digits, - . _ ~ between single slashes"
        }
    }
}
