import CourantTesting
import Mail
import Testing

/// Where the outside sees the service, in the spelling that links, pages and browsers share.
@Suite struct PublicURLTests {
    @Test(arguments: [
        ("https://news.example.org", "https://news.example.org"),
        ("https://news.example.org/", "https://news.example.org"),
        ("HTTPS://News.Example.ORG:443/News/", "https://news.example.org/News"),
        (" https://news.example.org:8443 ", "https://news.example.org:8443"),
        ("https://www.example.org/news/letters", "https://www.example.org/news/letters"),
        ("https://www.example.org/~news/a-b_c.d", "https://www.example.org/~news/a-b_c.d"),
        ("https://nyheter.bl\u{E5}b\u{E6}r.example", "https://nyheter.xn--blbr-roah.example"),
        ("https://nyheter.bla\u{30A}b\u{E6}r.example", "https://nyheter.xn--blbr-roah.example"),
        ("https://NYHETER.BL\u{C5}B\u{C6}R.example/a", "https://nyheter.xn--blbr-roah.example/a"),
        ("https://intranet", "https://intranet"), ("https://192.0.2.7:8080/news", "https://192.0.2.7:8080/news"),
        ("https://[2001:DB8::1]/news", "https://[2001:db8::1]/news"), ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://[::1]:8080/", "http://[::1]:8080"),
    ])
    func `an address has one spelling`(_ text: String, _ expected: String) throws {
        #expect(try PublicURL(text).text == expected)
    }

    @Test(
        arguments: [
            ("", .incomplete), ("news.example.org", .incomplete), ("ftp://news.example.org", .incomplete),
            ("https:/news.example.org", .incomplete), ("http://news.example.org", .unencrypted),
            ("http://127.0.0.1.example.org", .unencrypted), ("https://user:pw@news.example.org", .user),
            ("https://@news.example.org", .user), ("https://news.example.org?a", .query),
            ("https://news.example.org/#a", .query), ("https://", .host), ("https:///news", .host),
            ("https://news..example.org", .host), ("https://-a.example.org", .host), ("https://a b.example.org", .host),
            ("https://\"onload=x", .host), ("https://news,a.example.org", .host), ("https://[2001:db8::1", .host),
            ("https://[news]", .host), ("https://1.2.3.4.5", .host), ("https://news.example.org.", .host),
            ("https://news.example.org:", .port), ("https://news.example.org:0", .port),
            ("https://news.example.org:65536", .port), ("https://news.example.org:+1", .port),
            ("https://www.example.org/news,letters", .path), ("https://www.example.org/<b>", .path),
            ("https://www.example.org/\"onload=x", .path), ("https://www.example.org/a//b", .path),
            ("https://www.example.org//", .path), ("https://www.example.org/a/../b", .path),
            ("https://www.example.org/./b", .path), ("https://www.example.org/p\u{E5}", .path),
            ("https://www.example.org/p%C3%A5", .path), ("https://www.example.org/a b", .path),
            ("https://www.example.org/a'b", .path), ("https://www.example.org/a\r\nb", .path),
        ] as [(String, PublicURL.Problem)])
    func `what links cannot carry is none`(_ text: String, _ problem: PublicURL.Problem) {
        #expect(throws: problem) { try PublicURL(text) }
    }

    @Test(arguments: [
        ("/news/subscribe", "/subscribe"), ("/subscribe", "/subscribe"), ("/news", "/"), ("/news/", "/"),
        ("/news?locale=nb", "/?locale=nb"), ("/news/a?b=/news/c", "/a?b=/news/c"), ("/newsletter", "/newsletter"),
        ("/news/news/a", "/news/a"), ("/", "/"), ("*", "*"), ("/NEWS/a", "/NEWS/a"),
    ])
    func `the path is taken off what comes, where it is there`(_ asked: String, _ expected: String) {
        let address: PublicURL = "https://www.example.org/news"
        #expect(address.route(asked) == expected)
        #expect(("https://www.example.org" as PublicURL).route(asked) == asked)
    }

    @Test func `what is made for a browser finds its way back`() {
        for text in ["https://www.example.org", "https://www.example.org/news", "https://www.example.org/a/b"] {
            guard let address = try? PublicURL(text) else { continue }
            for path in ["/", "/subscribe", "/confirm/token?locale=nb"] {
                #expect(
                    address.route(address.href(path)) == path
                        && address.text + path == address.origin + address.href(path))
            }
        }
    }

    @Test(arguments: [
        ("https://news.example.org", "https://news.example.org"),
        ("https://a.example:8443/news", "https://a.example:8443"),
        ("http://localhost:8080/news", "http://localhost:8080"),
    ])
    func `its origin is what browsers say`(_ text: String, _ origin: String) throws {
        #expect(try PublicURL(text).origin == origin)
    }

    @Test(arguments: [
        ("example.org", true), ("news.example.com", true), ("EXAMPLE.NET", true), ("example.edu", false),
        ("myexample.org", false), ("example.org.no", false), ("org", false), ("", false),
        ("news.company.example", false),
    ])
    func `names that are there for examples are known`(_ name: String, _ isOne: Bool) {
        #expect(DomainName.isExample(name) == isOne)
    }
}
