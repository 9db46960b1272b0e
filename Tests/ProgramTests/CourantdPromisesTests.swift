import CourantTesting
import Foundation
import Outbound
import Testing

/// `courantd promises`, and the start that rests on it.
@Suite(.timeLimit(.minutes(20))) struct CourantdPromisesTests {
    private static let book = URL.repository.appending(path: "config/promises.yaml").path

    private func withShippedPromises(_ body: (Host) async throws -> Void) async throws {
        try await Host.with { host in
            host.set([
                "promises.file": Self.book, "captcha.provider": "proof-of-work",
                "organisation.authority": "\"Datatilsynet, www.datatilsynet.no\"",
            ])
            try await host.serve()
            // Where the service is to be found.
            host.set(["http.port": "\(host.port)"])
            try await body(host)
        }
    }

    @Test func `a fresh installation with the promises that come with Courant and no list serves`() async throws {
        try await withShippedPromises { host in
            #expect(try await host.get("/readyz").status == 200)
            let looked = try await host.courantd("promises")
            #expect(looked.code == 0, "\(looked.out)\(looked.err)")
            #expect(looked.out.contains("not yet: There is no list to look at: courant list create"))
        }
    }

    @Test func `looks beside a service leave nothing in what people and programs are shown`() async throws {
        try await withShippedPromises { host in
            try await host.furnish()
            func shown() async throws -> [String] {
                var shown: [String] = []
                for command in [
                    ["subscriber", "requests", "ls"], ["audit", "tail"], ["audit", "verify"], ["list", "show", "news"],
                    ["retention", "show"],
                ] {
                    let run = try await ProgramTests.courant(command + ["--json"], at: nil, in: host.home)
                    shown.append("\(run.code) \(run.out)")
                }
                return shown + [try String(contentsOf: host.data.appending(path: host.ledgerName), encoding: .utf8)]
            }
            let before = try await shown()
            for _ in 0..<2 {
                let looked = try await host.courantd("promises", "--json")
                #expect(looked.code == 0, "\(looked.out)\(looked.err)")
                let report = try JSONDecoder().decode(Report.self, from: Data(looked.out.utf8))
                #expect(report.kept && report.promises.count == 45)
                let verdicts = Set(report.promises.map(\.verdict))
                #expect(verdicts == ["proven", "seen", "yours", "not-yet"])
                #expect(report.promises.allSatisfy { ($0.remainder != nil) == ["seen", "yours"].contains($0.verdict) })
            }
            #expect(try await shown() == before)
        }
    }

    private struct Report: Decodable {
        struct Line: Decodable {
            let id: String
            let verdict: String
            let evidence: String
            let remainder: String?
        }

        let kept: Bool
        let promises: [Line]
    }
}

extension Host {
    /// Beside SQLite's file it is called after it.
    fileprivate var ledgerName: String {
        FileManager.default.fileExists(atPath: database.path) ? "courant.db.erasures" : "courant.erasures"
    }
}
