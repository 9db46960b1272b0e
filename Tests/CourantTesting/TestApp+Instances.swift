import Foundation
import Mail
import Newsletter
import SQLStore
package import Wiring

/// Several processes that serve one database, each on a machine of its own, with a copy of the key file.
extension TestApp {
    package static func company(
        of count: Int, _ change: (inout Settings) throws -> Void = { _ in }
    ) async throws -> [TestApp] {
        var apps = [try await start(on: .postgresql, change)]
        while apps.count < count { apps.append(try await apps[0].another()) }
        for app in apps { try await app.seated(among: count) }
        return apps
    }

    /// Another process that serves the same database.
    package func another(_ change: (inout Settings) throws -> Void = { _ in }) async throws -> TestApp {
        let directory = try URL.temporary()
        var settings = courant.settings
        settings.keysFile = directory.appending(path: "courant.keys").path
        try FileManager.default.copyItem(atPath: courant.settings.keysFile, toPath: settings.keysFile)
        try change(&settings)
        return try await TestApp.start(settings, directory: directory, clock: clock)
    }

    /// Returns once it may send, and knows of so many.
    package func seated(among count: Int) async throws {
        try await until { self.courant.store.share.count == count && !self.courant.sendGuard.isClosed }
    }
}
