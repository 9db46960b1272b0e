import CourantTesting
import Foundation
import Testing

/// The rules and the dashboard that come with Courant: they name what `/metrics` has, with the words that stand there.
@Suite struct MonitoringTests {
    private static func text(_ name: String) throws -> String {
        try String(contentsOf: .repository.appending(path: "packaging/monitoring/\(name)"), encoding: .utf8)
    }

    private static func metrics(in text: String) -> Set<String> {
        Set(text.matches(of: /courant_[a-z_]+/).map { String($0.0) })
    }

    private static func served() throws -> Set<String> {
        let told = try #require(TidyTests.sources.first { $0.path == "Sources/Wiring/MetricsServer.swift" })
        return Set(told.text.matches(of: /"(courant_[a-z_]+)": "/).map { String($0.1) })
    }

    @Test(arguments: ["alerts.yml", "dashboard.json"]) func `every metric that is asked for is served`(_ name: String)
        throws
    {
        let asked = Self.metrics(in: try Self.text(name))
        #expect(asked.count > 8)
        #expect(try asked.subtracting(Self.served()) == [])
    }

    @Test func `every metric is on the dashboard`() throws {
        #expect(try Self.served().subtracting(Self.metrics(in: Self.text("dashboard.json"))) == [])
    }

    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool", "/opt/homebrew/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test func `every alert has a day on which it fires`() throws {
        let alerts = try Self.text("alerts.yml").matches(of: /- alert: (\w+)/).map { String($0.1) }
        let tried = Set(try Self.text("alerts.test.yml").matches(of: /alertname=\W*(\w+)/).map { String($0.1) })
        #expect(alerts.count > 8 && Set(alerts) == tried)
    }

    @Test(.enabled(if: promtool != nil, "promtool is not installed"))
    func `every alert fires when it should, and no other does`() throws {
        let tests = URL.repository.appending(path: "packaging/monitoring/alerts.test.yml").path
        let run = Subprocess(try #require(Self.promtool), ["test", "rules", tests])
        try run.start()
        run.waitUntilExit()
        #expect(run.terminationStatus == 0)
    }

    /// A label's value that no code has would keep a rule silent for ever.
    @Test(arguments: ["alerts.yml", "dashboard.json"]) func `every label's value is one that is counted`(_ name: String)
        throws
    {
        let sources = TidyTests.sources.map(\.text).joined()
        for label in try Self.text(name).matches(
            of: /\b(step|verdict|cause|outcome|standing|fate|why)=\\?"([a-z-]+)\\?"/)
        {
            #expect(sources.contains("\"\(label.2)\""), "\(name): \(label.0)")
        }
    }
}
