import CourantTesting
import Foundation
import Testing
import Wiring

/// The README is a map, `docs` are the manuals: what they say leads somewhere, and is whole. `ManualWalkTests` does what they say.
@Suite struct ManualTests {
    @Test func `the README is a map`() throws {
        let readme = try Manual("README.md")
        #expect(readme.lines.count <= 151)
        #expect(readme.blocks.filter { $0.language == "sh" }.map(\.text) == ["./scripts/demo\n", "./scripts/test\n"])
    }

    @Test(arguments: Manual.all.map(\.path)) func `every link leads somewhere`(_ path: String) throws {
        let manual = try Manual(path)
        for link in manual.links where !link.target.hasPrefix("https://") {
            let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let place =
                parts[0].isEmpty
                ? path
                : URL(filePath: "/\(path)").deletingLastPathComponent().appending(path: String(parts[0]))
                    .standardizedFileURL.path.trimmingCharacters(in: ["/"])
            let isThere = FileManager.default.fileExists(atPath: URL.repository.appending(path: place).path)
            #expect(isThere, "\(path):\(link.line): there is no \(place)")
            if parts.count == 2, isThere {
                #expect(try Manual(place).anchors.contains(String(parts[1])), "\(path):\(link.line): \(link.target)")
            }
        }
    }

    @Test func `every document can be reached from the README`() throws {
        var (found, next): (Set<String>, [String]) = ([], ["README.md"])
        while let path = next.popLast() {
            guard found.insert(path).inserted else { continue }
            let folder = URL(filePath: "/\(path)").deletingLastPathComponent()
            next += try Manual(path).links.map(\.target).filter { $0.contains(".md") && !$0.contains("://") }.map {
                folder.appending(path: String($0.prefix { $0 != "#" })).standardizedFileURL.path
                    .trimmingCharacters(in: ["/"])
            }
        }
        #expect(Set(Manual.all.map(\.path)).union(["CHANGELOG.md"]) == found)
    }

    /// Why a command is not run by a test. The list is closed: what is not here has to run.
    private static let excuses: [String: [String]] = [
        "README.md": ["it runs the tests themselves"],
        "docs/operator.md": [
            "needs root and builds for many minutes", "needs a container engine", "needs root",
            "needs the public address", "needs a relay and DNS of its own", "needs a mailbox", "makes keys",
            "makes keys",
            "needs root and systemd", "nothing would be left for what follows", "needs a PostgreSQL server",
        ],
        "docs/marketer.md": ["needs a second login"],
        "docs/developer.md": [
            "it builds Courant itself", "it runs the tests themselves", "it builds Courant itself",
            "needs root, and builds packages",
        ],
        "docs/measured.md": ["takes many minutes"],
    ]

    @Test(arguments: Manual.all.map(\.path)) func `a command that no test runs says why`(_ path: String) throws {
        let manual = try Manual(path)
        let excused = manual.blocks.filter { $0.language == "sh" }.compactMap(\.excuse)
        #expect(excused == Self.excuses[path] ?? [])
        for block in manual.blocks where block.language == "sh" && block.excuse == nil {
            #expect(Manual.walked.contains(path), "\(path):\(block.line) is run by no test")
        }
        for block in manual.blocks where block.language.isEmpty {
            Issue.record("\(path):\(block.line): the fence names no language, so nobody knows whether to type it")
        }
    }

    // MARK: Settings

    private static let settings = try? Manual("docs/operator.md").table("| setting | default | what it is |")

    private static func key(_ row: [String]) -> String { row[0].trimmingCharacters(in: ["`"]) }

    @Test func `every setting is explained once in the operator's manual`() throws {
        #expect(try #require(Self.settings).map(Self.key).sorted() == SettingsKeys.all.sorted())
    }

    @Test func `what the operator's manual calls needed is needed, and nothing else`() async throws {
        let needed = try #require(Self.settings).filter { $0[1] == "needed" }.map(Self.key)
        let failure = await #expect(throws: SettingsProblems.self) {
            _ = try await Settings.read(file: nil, environment: [:])
        }
        let missing = try #require(failure).problems.compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(missing.sorted() == needed.sorted())
    }

    @Test func `the defaults in the operator's manual are those in force`() async throws {
        let needed = [
            "COURANT_HTTP_PUBLIC_URL": "https://news.company.example", "COURANT_RELAY_URL": "smtp://127.0.0.1:25",
            "COURANT_MAIL_FROM": "news@company.example", "COURANT_ORGANISATION_NAME": "Company",
            "COURANT_ORGANISATION_ADDRESS": "Oslo", "COURANT_ORGANISATION_CONTACT": "privacy@company.example",
            "COURANT_CAPTCHA_PROVIDER": "none",
        ]
        var unset = try await Settings.read(file: nil, environment: needed).settings
        unset.found = []
        for row in try #require(Self.settings) where row[1].hasPrefix("`") {
            let value = row[1].trimmingCharacters(in: ["`"])
            let environment = needed.merging([SettingsKeys.variable(Self.key(row)): value]) { $1 }
            var settings = try await Settings.read(file: nil, environment: environment).settings
            (settings.namesPromises, settings.found) = (unset.namesPromises, [])
            #expect("\(settings)" == "\(unset)", "\(row[0]) is not \(value)")
        }
    }

    // MARK: Metrics

    @Test func `every metric is explained in the operator's manual`() throws {
        let rows = try Manual("docs/operator.md").table("| metric | what it says |")
        let told = try #require(TidyTests.sources.first { $0.path == "Sources/Wiring/MetricsServer.swift" })
        let all = Set(told.text.matches(of: /"(courant_[a-z_]+)": "/).map { String($0.1) })
        #expect(all.count > 15 && Set(rows.map(Self.key)) == all)
    }
}
