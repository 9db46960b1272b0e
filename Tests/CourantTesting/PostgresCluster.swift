package import Foundation

/// A PostgreSQL of the tests' own, gone with the process that started it, however that ends. Most tests share one, where
/// each has databases of its own; who stops and freezes it has one to itself.
package final class PostgresCluster: Sendable {
    /// All that it keeps is below it.
    package let directory: URL
    private let url: String

    package static var shared: PostgresCluster {
        get async throws { try await started.value }
    }

    private static let started = Task { try await own() }

    package static func own() async throws -> PostgresCluster {
        // Short, for the path of a socket may not be long.
        let name = "courant-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        let directory = FileManager.default.temporaryDirectory.appending(path: name)
        let companion = String(ProcessInfo.processInfo.processIdentifier)
        return PostgresCluster(directory, try await script("start", ["--fast", "--with", companion], directory))
    }

    private init(_ directory: URL, _ url: String) {
        (self.directory, self.url) = (directory, url)
    }

    deinit { try? Subprocess(Self.script, ["drop", directory.path]).start() }

    // MARK: What befalls it

    package func restart() async throws {
        try await stop()
        try await start()
    }

    package func start() async throws { _ = try await Self.script("start", ["--fast"], directory) }
    package func stop() async throws { _ = try await Self.script("stop", [], directory) }
    /// As a crash would: what was not on the disk is recovered from the log at the next start.
    package func stopHard() async throws { _ = try await Self.script("stop", ["--hard"], directory) }
    /// It answers nobody, and closes no connection.
    package func freeze() async throws { _ = try await Self.script("freeze", [], directory) }
    package func thaw() async throws { _ = try await Self.script("thaw", [], directory) }

    private static let script = URL.repository.appending(path: "scripts/postgres").path

    private static func script(_ verb: String, _ options: [String], _ directory: URL) async throws -> String {
        let said = try await Subprocess(script, [verb] + options + [directory.path]).output()
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    // MARK: Its databases

    /// An empty database of one's own.
    package func database() async throws -> PostgresDatabase {
        let name = "courant_\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        // The empty template: its files are copied, and nothing is read from a disk.
        try await psql("postgres", "CREATE DATABASE \(name) OWNER courant TEMPLATE template0 STRATEGY file_copy")
        return PostgresDatabase(name, in: self)
    }

    /// As Courant is given it.
    func url(of name: String) -> String { url.replacing("@/courant?", with: "@/\(name)?") }

    /// Each statement by itself, as the superuser; rows come as `a|b`.
    @discardableResult package func psql(_ database: String, _ statements: String...) async throws -> String {
        let commands = ["\\set ON_ERROR_STOP on"] + statements
        let said = try await program(
            "psql", ["-XAtq"] + commands.flatMap { ["-c", $0] } + ["-d", superuser(database)])
        return String(decoding: said, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// What its host would keep as a backup.
    package func dump(_ database: String) async throws -> Data {
        try await program("pg_dump", ["-d", superuser(database)])
    }

    /// A dump comes into an empty database.
    func restore(_ dump: Data, into database: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(database).sql")
        try dump.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        _ = try await program("psql", ["-Xq", "-v", "ON_ERROR_STOP=1", "-f", file.path, "-d", superuser(database)])
    }

    private func superuser(_ database: String) -> String {
        url(of: database).replacing("//courant@", with: "//postgres@")
    }

    private func program(_ name: String, _ arguments: [String]) async throws -> Data {
        try await Subprocess(directory.appending(path: "bin/\(name)").path, arguments).output()
    }
}

/// One test's own database; it goes with its cluster.
package final class PostgresDatabase: Sendable {
    package let name: String
    package let cluster: PostgresCluster

    fileprivate init(_ name: String, in cluster: PostgresCluster) {
        (self.name, self.cluster) = (name, cluster)
    }

    /// For `store.url`.
    package var url: String { cluster.url(of: name) }

    @discardableResult package func psql(_ statement: String) async throws -> String {
        try await cluster.psql(name, statement)
    }

    package func dump() async throws -> Data { try await cluster.dump(name) }
    package func restore(_ dump: Data) async throws { try await cluster.restore(dump, into: name) }
}
