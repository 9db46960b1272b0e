import CourantTesting
import Foundation
import Outbound
import Testing

/// A demo to which a manual's lines are typed, with people who have signed up.
struct ManualDemo {
    let reader: ManualReader
    let url: String
    /// What it says to somebody who has started it.
    let banner: String
    private let http = HTTPClient()
    private static let form = [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")]

    /// What the reader has started.
    init(of reader: ManualReader) async throws {
        let service = try #require(reader.service)
        try await eventually("the banner comes") {
            guard service.code == nil else { throw TestFailure(service.saidErr) }
            return service.saidOut.contains("promises --config ")
        }
        (self.reader, banner) = (reader, service.saidOut)
        url = String(try #require(banner.firstMatch(of: /Sign-up page +(http:\/\/localhost:\d+)\//)?.1))
    }

    /// Runs until the body's end, as whoever has read the README starts it.
    static func with(_ body: (ManualDemo) async throws -> Void) async throws {
        try await withFolder { home in
            let reader = try ManualReader(home)
            reader.environment["TMPDIR"] = home.path
            let folder = reader.folder
            // Where the templates are.
            reader.folder = .repository
            try reader.start("courantd demo --port 0")
            reader.folder = folder
            let demo = try await ManualDemo(of: reader)
            reader.replacements = [("https://news.example.org", demo.url)]
            reader.token = try demo.said(/COURANT_TOKEN=(\S+)/)
            reader.environment["COURANT_CONFIG"] = try demo.said(/promises --config (\S+)/)
            try await body(demo)
            try await reader.stop()
        }
    }

    func said(_ words: Regex<(Substring, Substring)>) throws -> String {
        String(try #require(banner.firstMatch(of: words)?.1))
    }

    /// Signs up, and presses the link in the mail that comes to the mailbox; returns the welcome mail as the mailbox shows it.
    @discardableResult func subscribe(_ address: String, name: String) async throws -> String {
        let before = try await mailCount()
        let fields = "email=\(address.replacing("@", with: "%40"))&name=\(name)"
        #expect(try await post(url + "/subscribe", fields) == 303)
        let mail = try await mail(before + 1)
        let link = try #require(mail.firstMatch(of: /http:\/\/localhost:\d+\/confirm\/[A-Za-z0-9_-]+/)?.0)
        #expect(try await post(String(link), "") == 200)
        return try await self.mail(before + 2)
    }

    private func post(_ url: String, _ fields: String) async throws -> Int {
        let request = HTTPRequest(.post, url, headers: Self.form, body: Array(fields.utf8))
        return Int(try await http.send(request).status)
    }

    /// As a program posts.
    func post(_ path: String, json: String) async throws -> (status: Int, text: String) {
        let headers = [HTTPHeader("Content-Type", "application/json")]
        let answer = try await http.send(HTTPRequest(.post, url + path, headers: headers, body: Array(json.utf8)))
        return (Int(answer.status), answer.text)
    }

    func page(_ path: String) async throws -> String { try await http.send(HTTPRequest(.get, url + path)).text }

    private func mailCount() async throws -> Int {
        try await page("/mailbox").firstMatch(of: /(\d+) mails?</).flatMap { Int($0.1) } ?? 0
    }

    func mail(_ number: Int) async throws -> String {
        try await eventually("mail \(number) comes") { try await mailCount() >= number }
        return try await page("/mailbox/\(number)/text")
    }
}
