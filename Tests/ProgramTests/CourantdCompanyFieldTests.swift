import CourantTesting
import Foundation
import Outbound
import Testing

/// The company, by the built programs: asked for, given, corrected, taken out and in again, and gone.
@Suite(.timeLimit(.minutes(20))) struct CourantdCompanyFieldTests {
    private static let address = "ann@example.org"
    private static let company = "Quuxworth & Søn A/S"

    @Test func `a company is asked for by a list, given, corrected, moved and gone`() async throws {
        try await Host.with { host in
            let service = try await host.serve()
            try await host.furnish()
            let asked = try await host.courant("list", "edit", "news", "--company")
            #expect(asked.code == 0 && asked.out.contains("address, name and company"), "\(asked.err)")
            let ls = try await host.courant("list", "list", "--json")
            #expect(ls.out.contains("\"asks_company\":true"), "\(ls.out)")
            for line in [
                ["list", "create", "again", "--title", "Again", "--company"],
                ["list", "create", "events", "--title", "Events"],
            ] { #expect(try await courant(line, at: nil, in: host.home).code == 0) }
            let form = "email=ann%40example.org&name=Ann&list=news&company=Acme"
            #expect(try await host.post("/subscribe", form).status == 303)
            let link = try #require(try await host.mail(to: Self.address, 1).path("/confirm/"))
            #expect(try await host.post(link, "").status == 200)
            let rectified = try await host.courant(
                "subscriber", "rectify", Self.address, "--company", Self.company, "--yes")
            #expect(rectified.code == 0 && rectified.err.contains("The company is changed"), "\(rectified.err)")
            let found = try await host.courant("subscriber", "find", Self.address, "--show")
            #expect(found.out.contains("COMPANY") && found.out.contains(Self.company), "\(found.out)")

            try await Self.move(host)
            #expect(try await host.courant("subscriber", "erase", Self.address, "--yes").code == 0)
            service.signal(SIGKILL)
            _ = try await service.ended()
            try ByteSearch(host.data).expectNothing(of: ["Quuxworth"])
            ByteSearch("log", host.log).expectNothing(of: ["Quuxworth"])
        }
    }

    /// Out of one list as a file, and onto two others: one that asks, and one that does not.
    private static func move(_ host: Host) async throws {
        let folder = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        for format in ["csv", "jsonl"] {
            let out = folder.appending(path: "people.\(format)").path
            let run = try await host.courant("list", "export", "news", "--out", out, "--format", format, "--yes")
            #expect(run.code == 0, "\(run.err)")
            #expect(try String(contentsOfFile: out, encoding: .utf8).contains(company))
        }
        func importing(_ list: String, _ more: String...) async throws -> (code: Int32, err: String) {
            let line = [
                "subscriber", "import", folder.appending(path: "people.csv").path, "--list", list, "--basis", "consent",
                "--confirmed", "--source", "our own list", "--evidence", "as before",
            ]
            let run = try await courant(line + more, at: nil, in: host.home)
            return (run.code, run.err)
        }
        let dropped = try await importing("events", "--dry-run")
        #expect(dropped.code == 0 && dropped.err.contains("The column “company” stays here too"), "\(dropped.err)")
        let taken = try await importing("again", "--yes", "--expect-rows", "1")
        #expect(taken.code == 0 && !taken.err.contains("stays here too"), "\(taken.err)")
        let held = try await host.courant("subscriber", "find", address, "--show", "--json")
        #expect(held.out.replacing("\\/", with: "/").components(separatedBy: company).count == 3, "\(held.out)")
    }
}
