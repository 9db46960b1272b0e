import Foundation
import Hummingbird
import Mail
import Mailbox
import Newsletter
import Outbound
import Rendering
import ServiceLifecycle

/// The whole of Courant on a throwaway directory, with a mailbox in place of a relay: the real service, to which the real
/// relay code hands over mail through a socket, and a page that shows what came.
package struct Demo: Sendable {
    private let courant: Courant
    private let mailbox: Mailbox
    private let directory: URL
    private let token: String

    /// `port` 0 takes any.
    package static func prepare(port: Int) async throws -> Demo {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "courant-demo-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        do {
            let mailbox = Mailbox()
            let server = try await SMTPServer.start { mailbox.keep($0) }
            // The mails' links need the port before the server has one.
            let port = port == 0 ? try await freePort() : port
            let settings = try await settings(directory, port: port, relayPort: server.port)
            let courant = try Courant(settings, logger: settings.logger())
            let token = try await courant.furnish()
            return Demo(courant: courant, mailbox: mailbox, directory: directory, token: token)
        } catch {
            try? FileManager.default.removeItem(at: directory)
            throw error
        }
    }

    private static func freePort() async throws -> Int {
        let probe = try await SMTPServer.start { _ in }
        await probe.stop()
        return probe.port
    }

    /// Until SIGINT or SIGTERM; then the directory is removed.
    package func serve(whenServing: @escaping @Sendable (Banner) -> Void) async throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let router = try courant.router()
        MailboxRoutes(mailbox: mailbox).add(to: router)
        try await courant.serve(router) { port in
            whenServing(
                Banner(
                    url: "http://localhost:\(port)", token: token, example: courant.settings.example,
                    settings: DemoFiles.settings(in: directory)))
        }
    }

    private static func settings(_ directory: URL, port: Int, relayPort: Int) async throws -> Settings {
        let file = try DemoFiles(directory: directory, port: port, relayPort: relayPort).write()
        var settings = try await Settings.read(file: file, environment: [:]).settings
        // Whoever tries it signs the same address up again and again.
        settings.rules.addressPerDay = 1000
        return settings
    }

    /// What somebody who tries it needs to know.
    package struct Banner: Sendable {
        package let url: String
        package let token: String
        /// A campaign file to send.
        package let example: String
        /// The settings file, for the host's commands.
        package let settings: String
    }
}

extension Settings {
    fileprivate var example: String {
        URL(filePath: templates).appending(path: "examples/sensors.md").standardizedFileURL.path
    }
}

extension Courant {
    /// A list to sign up to, and a login to send with.
    fileprivate func furnish() async throws -> String {
        guard let slug = Slug("news") else { preconditionFailure("news is a slug") }
        _ = try await lists.create(
            slug, title: "Lighthouse Letters",
            description: "What we learned about the sea and its sensors. Once a month.",
            sender: settings.mailFrom, basis: .consent, language: templates.languages[0], isPublic: true,
            by: .host)
        return try await staff.add("Demo", role: .admin, by: .host).token.text
    }
}
