import CourantTesting
import Foundation
import Outbound
import Testing

/// Several `courantd` on one PostgreSQL database, as whoever runs them would set them up.
@Suite(.timeLimit(.minutes(20))) struct CourantdCompanyTests {
    @Test func `what a killed one had claimed is sent by another, and its links work there`() async throws {
        let hanging = try SMTPScript { at, _ in at == .content ? .silence : nil }
        let url = try await Engine.postgresql.url(in: .temporary())
        try await Host.with { first in
            first.set(["store.url": "\"\(url)\""])
            try await first.serve()
            try await first.furnish()
            for name in ["ann", "bo", "cy"] { try await first.subscribe("\(name)@example.org") }
            try await first.restart(with: ["relay.url": hanging.address])
            let killed = try #require(first.running.first)
            #expect(try await first.send(CourantdWalkTests.issue, to: 3, "--no-wait").code == 0)
            try await eventually("mail is on the wire") { hanging.commands.contains { $0.line == "DATA" } }

            try await Host.with { second in
                try await second.join(first)
                killed.signal(SIGKILL)
                for name in ["ann", "bo", "cy"] { _ = try await second.mail(to: "\(name)@example.org", 1) }
                let link = try #require(try await second.mail(to: "ann@example.org", 1).oneClick)
                #expect(try await second.post(link, CourantdWalkTests.oneClick).status == 200)
                let list = try await second.courant("list", "show", "news", "--json")
                #expect(list.out.contains("\"active\":2"), "\(list.out)")
            }
        }
    }
}
