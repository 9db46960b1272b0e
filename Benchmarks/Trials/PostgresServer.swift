package import Foundation

/// A PostgreSQL of a trial's own, as `scripts/postgres` makes it, gone with the process that started it however that ends.
package final class PostgresServer: Sendable {
    /// All that it keeps is below it.
    package let directory: URL
    private let url: String

    package init(_ directory: URL) throws {
        self.directory = directory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let companion = String(ProcessInfo.processInfo.processIdentifier)
        url = try Self.script("start", ["--with", companion], directory)
    }

    /// Gone when this returns.
    package func end() { _ = try? Self.script("drop", [], directory) }

    private static func script(_ verb: String, _ options: [String], _ directory: URL) throws -> String {
        let path = Premises.repository.appending(path: "scripts/postgres").path
        return try Child.output(of: path, [verb] + options + [directory.path])
    }

    // MARK: What befalls it

    package func start() throws { _ = try Self.script("start", [], directory) }
    package func stop() throws { _ = try Self.script("stop", [], directory) }
    /// As a crash would: what was committed is recovered from the log at the next start.
    package func stopHard() throws { _ = try Self.script("stop", ["--hard"], directory) }
    /// It answers nobody, and closes no connection.
    package func freeze() throws { _ = try Self.script("freeze", [], directory) }
    package func thaw() throws { _ = try Self.script("thaw", [], directory) }

    // MARK: Its databases

    package func database(_ name: String) throws -> TrialDatabase {
        try ask("CREATE DATABASE \(name) OWNER courant", of: "postgres")
        return TrialDatabase(name: name, url: url(of: name), process: process, server: self)
    }

    /// The same rows once more.
    func copy(of other: String, as name: String) throws -> TrialDatabase {
        drop(name)
        try ask("CREATE DATABASE \(name) OWNER courant TEMPLATE \(other) STRATEGY file_copy", of: "postgres")
        return TrialDatabase(name: name, url: url(of: name), process: process, server: self)
    }

    func drop(_ name: String) {
        _ = try? ask("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", of: "postgres")
    }

    private func url(of name: String) -> String { url.replacing("@/courant?", with: "@/\(name)?") }

    /// The superuser asks; rows come as `a|b`.
    @discardableResult func ask(_ statement: String, of database: String) throws -> String {
        let place = url(of: database).replacing("//courant@", with: "//postgres@")
        let options = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, "-d", place]
        return try Child.output(of: directory.appending(path: "bin/psql").path, options)
    }

    /// What its own inspector finds wrong with tables and indexes; nothing where there is none.
    func check(_ database: TrialDatabase) -> [String] {
        let inspector = directory.appending(path: "bin/pg_amcheck").path
        guard FileManager.default.isExecutableFile(atPath: inspector) else { return [] }
        let port = url.split(separator: "port=").last.map(String.init) ?? ""
        let place = ["-h", directory.path, "-p", port, "-U", "postgres", "-d", database.name]
        do {
            _ = try Child.output(of: inspector, ["--install-missing", "--heapallindexed"] + place)
            return []
        } catch {
            return ["the inspector says: \("\(error)".prefix(300))"]
        }
    }

    // MARK: Its processes

    /// The one that all others are children of; 0 while it does not run.
    var process: Int32 {
        let file = directory.appending(path: "data/postmaster.pid")
        let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n")
        return lines?.first.flatMap { Int32($0) } ?? 0
    }
}

/// One database of a trial's, in this process or by way of a worker's arguments.
package struct TrialDatabase: Sendable {
    package let name: String
    /// For `store.url`.
    package let url: String
    /// The server's first process.
    package let process: Int32
    package let server: PostgresServer?

    package init(name: String, url: String, process: Int32, server: PostgresServer?) {
        (self.name, self.url, self.process, self.server) = (name, url, process, server)
    }

    /// A worker's, by whom nothing is dropped.
    package init(url: String, process: Int32) {
        self.init(name: "", url: url, process: process, server: nil)
    }

    func copy(as other: String) throws -> TrialDatabase? { try server?.copy(of: name, as: other) }
    func drop() { server?.drop(name) }
    package func ask(_ statement: String) throws -> String { try server?.ask(statement, of: name) ?? "" }
}
