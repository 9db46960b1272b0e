import CourantTesting
import Foundation
import Outbound
import Testing

/// A person's whole life with us, in the built program, and what is left of it: on the disk, in the log, in memory.
@Suite(.timeLimit(.minutes(20))) struct CourantdDeletionTests {
    static let words = CourantdWalkTests.words
    static let first = CourantdWalkTests.address
    static let second = "quux.zebedee@canary-domain.example"

    @Test func `from sign-up to erasure on the privacy page, and behind kill -9 nothing is left`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            try await host.subscribe(Self.first, name: "Zebedee")
            try await host.subscribe("bo@example.org")
            #expect(try await host.send(CourantdWalkTests.issue, to: 2).code == 0)
            var link = try await host.privacyLink(Self.first, mail: 4)
            #expect(try await host.post("\(link)/name", "name=Z%C3%A9b%C3%A9d%C3%A9e+Quuxworth").status == 200)
            let address = Self.second.replacingOccurrences(of: "@", with: "%40")
            #expect(try await host.post("\(link)/address", "address=\(address)").status == 200)
            let confirm = try #require(try await host.mail(to: Self.second, 1).path("/address/"))
            #expect(try await host.post(confirm, "").status == 200)
            #expect(try await host.get(link).status == 410)
            link = try await host.privacyLink(Self.second, mail: 2)
            let held = try await host.get("\(link)/export.json").text
            #expect(held.contains(Self.second) && held.contains("Zébédée Quuxworth") && !held.contains(Self.first))
            #expect(try await host.post("\(link)/restrict", "").status == 200)

            let gone = try await host.post("\(link)/erase", "")
            // Right behind the 200.
            service.signal(SIGKILL)
            #expect(gone.status == 200)
            _ = try await service.ended()
            try ByteSearch(host.data).expectNothing(of: Self.words)
            try await host.restart(with: [:])
            try ByteSearch(host.data).expectNothing(of: Self.words)
            ByteSearch("log", host.log).expectNothing(of: Self.words + host.tokens + [String(link.dropFirst(9))])
            #expect(try await host.get(link).status == 410)
        }
    }

    /// A connection's buffer lives as long as the connection, which is closed when it has been idle for a minute; frames of
    /// what still runs are used again by what comes next, so others come.
    @Test func `a minute later the process has forgotten as well`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            guard MemoryImage(of: service.pid) != nil else { return }
            try await host.subscribe(Self.first, name: CourantdWalkTests.name)
            #expect(try await host.send(CourantdWalkTests.issue, to: 1).code == 0)
            let link = try await host.privacyLink(Self.first, mail: 4)
            for page in ["", "/export.json", "/export.csv"] { #expect(try await host.get(link + page).status == 200) }
            #expect(try await host.post("\(link)/erase", "").status == 200)
            let words = [Self.first, "zebedee.quux", "canary-domain", "Zébédée", "Quuxworth"]
            let others = HTTPClient()
            var hits: [String] = []
            let deadline = ContinuousClock.now + .seconds(100)
            var number = 0
            repeat {
                try await Task.sleep(for: .seconds(2))
                number += 1
                let form = Array("email=reader\(number)%40example.org&name=Reader&list=news".utf8)
                let header = HTTPHeader("Content-Type", "application/x-www-form-urlencoded")
                _ = try await others.send(HTTPRequest(.post, host.url + "/subscribe", headers: [header], body: form))
                hits = MemoryImage(of: service.pid)?.hits(words) ?? []
            } while !hits.isEmpty && ContinuousClock.now < deadline
            #expect(hits.isEmpty, "\(hits)")
        }
    }
}

extension Host {
    /// Asks for it on the page, and takes it from the mail of that number.
    func privacyLink(_ address: String, mail number: Int) async throws -> String {
        let encoded = address.replacingOccurrences(of: "@", with: "%40")
        #expect(try await post("/privacy", "email=\(encoded)").status == 303)
        return try #require(try await mail(to: address, number).path("/privacy/"))
    }
}
