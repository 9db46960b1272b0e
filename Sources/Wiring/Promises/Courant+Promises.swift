import Foundation
import Hummingbird
import Logging
package import Newsletter
import Outbound
import SQLStore
import Synchronization
import Web

/// The promises of an installation, looked at from the host: beside a running service through its own doors, or else
/// through doors that are opened on this machine for as long as it takes.
extension Courant {
    package static func inspectPromises(
        _ settings: Settings, external: ExternalServices? = nil
    ) async throws -> [PromiseFinding] {
        let book = try promiseBook(settings)
        guard !book.promises.isEmpty else {
            throw StartFailure.promises(
                "There is no \(settings.promisesFile): set promises.file to the file of your promises.")
        }
        let (courant, isServed) = try openBesideOrAlone(settings, external)
        defer { try? courant.store.close() }
        try await courant.deleteOrphanedCanaries()
        guard isServed, let webServices = await settings.openDoors() else {
            return try await courant.withDoors {
                await Inspection(courant: courant, webServices: $0, isServed: isServed).inspect(book.promises)
            }
        }
        return await Inspection(courant: courant, webServices: webServices, isServed: true).inspect(book.promises)
    }

    /// SQLite's file is kept from a service that would start meanwhile. One that starts at this very moment is one that serves.
    private static func openBesideOrAlone(
        _ settings: Settings, _ external: ExternalServices?
    ) throws -> (courant: Courant, isServed: Bool) {
        func open(exclusively: Bool) throws -> Courant {
            try Courant(
                settings, external: external, exclusively: exclusively, holder: .command, logger: settings.logger())
        }
        let isAlone = try settings.databaseFile != nil && !settings.isServed()
        do {
            return (try open(exclusively: isAlone), try !isAlone && settings.isServed())
        } catch {
            guard isAlone, try settings.isServed() else { throw error }
            return (try open(exclusively: false), true)
        }
    }

    func promiseBook() throws(StartFailure) -> PromiseBook { try Self.promiseBook(settings) }

    /// None where the file that nobody has named is not there.
    static func promiseBook(_ settings: Settings) throws(StartFailure) -> PromiseBook {
        if settings.promisesFile == "none" { return .empty }
        if !settings.namesPromises, !FileManager.default.fileExists(atPath: settings.promisesFile) { return .empty }
        do throws(PromiseProblems) {
            return try PromiseBook(file: settings.promisesFile)
        } catch {
            throw .promises("The promises cannot be read:\n\(error)")
        }
    }

    /// Before anything is served.
    func refuseToBreak(_ required: [Promise]) async throws {
        guard !required.isEmpty else { return }
        let findings = try await withDoors {
            await Inspection(courant: self, webServices: $0, isServed: false, depth: .brief).inspect(required)
        }
        let broken = findings.filter(\.evidence.isBroken)
        guard broken.isEmpty else {
            throw StartFailure.broken(broken, in: settings.promisesFile, "Courant does not start")
        }
    }

    func withDoors<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws
        -> Value
    {
        let (ports, opened) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: BelowPath(settings.http.publicURL, try router()),
            configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { opened.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "promises") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task {
            defer { opened.finish() }
            try await application.runService(gracefulShutdownSignals: [])
        }
        defer { serving.cancel() }
        for await port in ports { return try await body("http://127.0.0.1:\(port)") }
        try await serving.value
        throw StartFailure.port("No port on 127.0.0.1 could be opened to look at the promises.")
    }
}

extension StartFailure {
    static func broken(_ findings: [PromiseFinding], in file: String, _ consequence: String) -> StartFailure {
        .promises(
            "\(consequence) while a promise that is `required` in \(file) is broken:\n"
                + findings.map { "- \($0.promise.id): “\($0.promise.sentence)” \($0.evidence.words)" }
                .joined(separator: "\n"))
    }
}

extension Settings {
    /// A running service's; nil where PostgreSQL's database is served from other machines alone.
    fileprivate func openDoors() async -> String? {
        let webServices = webServices(port: http.port)
        guard databaseFile == nil else { return webServices }
        let answer = try? await HTTPClient().send(
            Outbound.HTTPRequest(.get, webServices + "/livez", timeout: .seconds(2)))
        return answer?.status == 200 ? webServices : nil
    }

    /// Where this machine finds the service.
    func webServices(port: Int) -> String {
        let host =
            switch http.host {
            case "0.0.0.0", "": "127.0.0.1"
            case "::": "[::1]"
            default: http.host.contains(":") ? "[\(http.host)]" : http.host
            }
        return "http://\(host):\(port)"
    }
}

extension PromiseBook {
    static let empty = PromiseBook()

    var required: [Promise] { promises.filter(\.isRequired) }
}

/// Looks at the promises that must be kept whenever something is about to go out.
package final class PromiseWatch: PromiseKeeper {
    private let watched = Mutex<(promises: [Promise], inspection: Inspection)?>(nil)

    /// From now on, through these doors.
    func watch(_ promises: [Promise], _ inspection: Inspection) {
        watched.withLock { $0 = (promises, inspection) }
    }

    package func brokenPromises() async -> [PromiseFinding] {
        guard let (promises, inspection) = watched.withLock({ $0 }), !promises.isEmpty else { return [] }
        return await inspection.inspect(promises).filter(\.evidence.isBroken)
    }
}
