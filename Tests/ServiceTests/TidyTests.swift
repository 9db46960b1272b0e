import CourantTesting
import Foundation
import Rendering
import Testing
import Wiring
import Yams

/// Keeps the house: what its plan says of the walls, and what every file in it promises.
@Suite struct TidyTests {
    struct Source: Sendable {
        /// `Sources/Mail/Relay.swift`
        let path: String
        let text: String
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        var imports: [String] {
            lines.filter { $0.utf8.firstRange(of: "import ".utf8) != nil }.compactMap { line in
                line.firstMatch(of: /^(?:@testable )?(?:package |public |internal )?import (?:struct |func )?(\w+)/).map
                { String($0.1) }
            }
        }
    }

    static let sources = files("Sources", "swift")
    static let tests = files("Tests", "swift")

    static func files(_ folder: String, _ kind: String) -> [Source] {
        let root = URL.repository.appending(path: folder)
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root.path)) ?? []
        return paths.filter { $0.hasSuffix(".\(kind)") }.sorted().map { path in
            Source(
                path: "\(folder)/\(path)",
                text: (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? "")
        }
    }

    /// What everybody may use.
    static let common: Set<String> = ["Foundation", "Synchronization", "Dispatch", "Glibc", "Darwin"]

    /// The arrows: whom a target knows. What is not here it may not import.
    static let arrows: [String: Set<String>] = [
        "Mail": ["CIDN"], "DKIM": ["CCrypto"], "DNS": ["CResolve", "DKIM"], "CourantAPI": [], "PeopleFiles": ["Mail"],
        "Outbound": ["CCurl", "Mail"], "Fetching": ["CCurl", "Mail", "Outbound"],
        "Captcha": ["Crypto", "Mail", "Outbound"],
        "Rendering": ["CCmark", "Mail", "Mustache", "Yams"],
        "Reports": ["Mail"],
        "Newsletter": ["DKIM", "Mail", "Rendering", "Reports", "CoreMetrics", "Crypto", "Logging", "ServiceLifecycle"],
        "SQLStore": [
            "CPostgres", "Mail", "Newsletter", "Rendering", "Reports", "Crypto", "GRDB", "GRDBSQLite", "Logging",
            "ServiceLifecycle",
        ],
        "Web": [
            "Captcha", "CourantAPI", "Mail", "Newsletter", "Rendering", "Reports", "Crypto", "CryptoExtras",
            "SwiftASN1",
            "X509", "Hummingbird", "HTTPTypes", "NIOCore",
            "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1",
            "CoreMetrics", "Logging", "ServiceLifecycle",
        ],
        "Mailbox": ["Mail", "Hummingbird", "HTTPTypes", "NIOCore", "NIOPosix"],
        "Wiring": [
            "Captcha", "DKIM", "DNS", "Fetching", "Mail", "Mailbox", "Newsletter", "Outbound", "Rendering", "Reports",
            "SQLStore", "Web",
            "Configuration", "CoreMetrics",
            "Hummingbird", "HummingbirdCore",
            "Logging", "NIOCore", "ServiceLifecycle", "UnixSignals", "SystemPackage", "Yams",
        ],
        "courantd": [
            "CForget", "CProcess", "DKIM", "DNS", "Mail", "Wiring", "Newsletter", "SQLStore", "ArgumentParser",
        ],
        // Neither database nor server code.
        "courant": ["CourantAPI", "Mail", "Outbound", "PeopleFiles", "ArgumentParser"],
    ]

    @Test func `the arrows hold`() {
        #expect(Self.sources.count > 100)
        for source in Self.sources {
            guard let known = Self.arrows[source.target] else {
                Issue.record("\(source.path): \(source.target) is not in the plan")
                continue
            }
            let foreign = Set(source.imports).subtracting(known).subtracting(Self.common)
            #expect(foreign.isEmpty, "\(source.path) imports \(foreign)")
        }
    }

    @Test func `no file is longer than can be read at once`() {
        for source in Self.sources + Self.tests where source.lines.count > 401 {
            Issue.record("\(source.path) has \(source.lines.count - 1) lines")
        }
    }

    @Test func `libraries print nothing`() {
        for source in Self.sources where !["courant", "courantd"].contains(source.target) {
            for (number, line) in source.lines.enumerated()
            where line.has("print(", "dump(", "Log(") && line.contains(/(^|[^\w.])(debugPrint|print|dump|NSLog)\(/) {
                Issue.record("\(source.path):\(number + 1): \(line)")
            }
        }
    }

    @Test func `nothing is left for later, and nothing is forced`() {
        let later = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for source in Self.sources + Self.tests {
            for (number, line) in source.lines.enumerated() {
                let isForced =
                    line.has("try" + "! ", " as" + "! ")
                    || (line.has("!") && line.contains(/^[^"]*[\w\])]!(\.|\)|,|$)/))
                if isForced || line.has(later[0], later[1], later[2]) {
                    Issue.record("\(source.path):\(number + 1): \(line)")
                }
            }
        }
    }

    // MARK: Settings

    private static func configuration() throws -> String {
        try String(contentsOf: .repository.appending(path: "config/courant.yaml"), encoding: .utf8)
    }

    @Test func `the settings file is in order, also with every suggestion of it taken`() async throws {
        let text = try Self.configuration().replacing("YOUR-", with: "OUR-")
        let taken = text.replacing(/(?m)^  # ([a-z-]+: \S.*)$/) { "  \($0.1)" }
            .replacing(/(?m)^# ((?:  )?[a-z-]+:(?: .*)?)$/) { $0.1 }
        for (number, text) in [text, taken].enumerated() {
            let file = try URL.temporary().appending(path: "courant.yaml")
            try Data(text.utf8).write(to: file)
            let problems = await Self.problems(file.path)
            #expect(
                number == 0
                    ? problems.isEmpty
                    : problems.allSatisfy {
                        ["password-file", "relay.user", "secret-file", "key-file", "ca-file"].contains(
                            where: $0.contains)
                    }, "\(problems)")
        }
        #expect(text != taken)
    }

    private static func problems(_ file: String) async -> [String] {
        do {
            _ = try await Settings.read(file: file, environment: [:])
            return []
        } catch {
            return error.problems
        }
    }

    // MARK: Templates

    @Test func `each language says the same things`() throws {
        func keys(_ node: Node, _ prefix: String = "") -> [String] {
            guard case .mapping(let mapping) = node else { return [prefix] }
            return mapping.flatMap { keys($1, "\(prefix).\($0.string ?? "")") }
        }
        let all = try Language.shipped.map { code in
            let text = try String(
                contentsOf: .repository.appending(path: "templates/locales/\(code).yaml"), encoding: .utf8)
            return Set(keys(try #require(try Yams.compose(yaml: text))))
        }
        #expect(Set(all).count == 1 && all[0].count > 50)
    }
}

extension Substring {
    /// By bytes: thousands of lines are asked.
    fileprivate func has(_ words: String...) -> Bool { words.contains { utf8.firstRange(of: $0.utf8) != nil } }
}
