import CourantTesting
import Foundation
import Mail
import Mailbox
import Outbound
import Testing

/// The built programs, driven from outside, as their users would.
@Suite(.timeLimit(.minutes(20))) struct CourantdWalkTests {
    static let address = "zebedee.quux@canary-domain.example"
    static let name = "Zébedée Quuxworth"
    /// What must not be found, in any spelling.
    static let words = ["zebedee", "quux", "canary-domain", "Zébedée", "Quuxworth"]
    static let oneClick = "List-Unsubscribe=One-Click"

    @Test func `from sign-up to newsletter to unsubscribe, and not a byte is left`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe(Self.address, name: Self.name)
            try await host.subscribe("bo@example.org")
            let sent = try await host.send(Self.issue, to: 2)
            #expect(sent.code == 0 && sent.err.contains("Sent to 2 recipients"), "\(sent.err)")
            let letter = try await host.mail(to: Self.address, 3)
            #expect(letter.reader["subject"] == "Sensors in spring" && letter.text.contains("Hello \(Self.name)"))

            let gone = try await host.post(try #require(letter.oneClick), Self.oneClick)
            // Right behind the 200.
            service.signal(SIGKILL)
            #expect(gone.status == 200 && gone["location"] == nil && gone["set-cookie"] == nil)
            _ = try await service.ended()
            try ByteSearch(host.data).expectNothing(of: Self.words)

            try await host.restart(with: [:])
            try ByteSearch(host.data).expectNothing(of: Self.words)
            ByteSearch("log", host.log).expectNothing(of: Self.words + host.tokens)
            #expect(try await host.post(try #require(letter.oneClick), Self.oneClick).status == 200)
            let list = try await host.courant("list", "show", "news", "--json")
            #expect(list.out.contains("\"active\":1"), "\(list.out)")
            #expect(try await host.send(Self.issue, to: 2).code == 2)
        }
    }

    /// The sealed bytes of whoever left, and the random id that named the row, were on the disk before.
    @Test(.ofTheFile) func `the row's own bytes are gone too within a second, and while the service goes on`()
        async throws
    {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe(Self.address, name: Self.name)
            let link = try #require(try await host.mail(to: Self.address, 2).path("/unsubscribe/"))
            let token = try #require(Data(base64URLEncoded: String(link.dropFirst("/unsubscribe/".count))))
            let id = token[3..<19]
            #expect(try ByteSearch(host.data).files.values.contains { $0.range(of: id) != nil })
            #expect(try await host.post(link, "unsubscribe=yes").status == 200)
            try await eventually("the row's id is gone from the disk", within: .seconds(60)) {
                try !ByteSearch(host.data).files.values.contains { $0.range(of: id) != nil }
            }
        }
    }

    @Test func `what was accepted before kill -9 is there after it`() async throws {
        try await Host.with { host in
            host.set(["relay.url": "smtp://127.0.0.1:1"])
            let service = try await host.serve()
            try await host.furnish()
            for number in 1...20 { #expect(try await host.signUp("reader\(number)@example.org").status == 303) }
            service.signal(SIGKILL)
            _ = try await service.ended()
            host.set(["relay.url": "smtp://127.0.0.1:\(host.relayPort)"])
            try await host.serve()
            for number in 1...20 { _ = try await host.mail(to: "reader\(number)@example.org", 1) }
            #expect(host.mailCount == 20)
        }
    }

    @Test func `the environment stands before the file, and health is told`() async throws {
        try await Host.with { host in
            host.set(["log.level": "critical", "http.host": "192.0.2.1"])
            let service = try await host.serve(environment: [
                "COURANT_LOG_LEVEL": "info", "COURANT_HTTP_HOST": "127.0.0.1",
            ])
            #expect(try await host.get("/livez").text == "alive\n")
            #expect(try await host.get("/readyz").text == "ready\n")
            #expect(try await host.get("/mailbox").status == 404)
            service.signal(SIGTERM)
            #expect(try await service.ended(within: .seconds(60)).code == 0)
        }
    }

    static let issue = """
        ---
        subject: Sensors in spring
        preheader: Three things we learned
        ---
        # Hello {{name}}{{^name}}there{{/name}}

        Three things. See [our site](https://www.example.org/spring).
        """
}

extension Host {
    func send(_ issue: String, to count: Int, _ more: String...) async throws -> CourantRun {
        let file = home.appending(path: "issue.md")
        try Data(issue.utf8).write(to: file)
        let line = ["send", file.path, "--list", "news", "--yes", "--expect-recipients", String(count)] + more
        return try await ProgramTests.courant(line, at: nil, in: home)
    }

    /// Every secret that a link of a mail has carried.
    var tokens: [String] {
        mailbox.entries.flatMap { entry in
            let letter = LetterBox(entry.mail)
            return [letter.path("/confirm/"), letter.path("/unsubscribe/"), letter.oneClick].compactMap { path in
                path?.split(separator: "/").last.map(String.init)
            }
        }
    }
}

extension Data {
    init?(base64URLEncoded text: String) {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }
}
