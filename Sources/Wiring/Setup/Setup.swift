import Foundation
package import Newsletter
import Rendering
import SQLStore

/// A first start that leads: settings that are tried before they are written, then a list and a login.
package struct Setup: Sendable {
    package let place: SetupPlace

    package init(_ place: SetupPlace) { self.place = place }

    /// Writes the settings, and the secrets that were typed, where they hold together; where they do not, nothing. `replacing`:
    /// files that are there already.
    package func write(
        _ answers: SetupAnswers, replacing: Bool, environment: [String: String]
    ) async throws -> Settings {
        var (answers, written) = (answers, [place.draft])
        do {
            for (key, secret) in answers.secrets {
                let path = place.file(of: key)
                guard replacing || !FileManager.default.fileExists(atPath: path) else {
                    throw StartFailure.setup(
                        "\(path) is there already: name it by an option, or write another with --force.")
                }
                try place.write(secret + "\n", to: path)
                answers[key] = path
                written.append(path)
            }
            try place.write(answers.file(explainedIn: place.manual), to: place.draft)
            let settings = try await checked(environment)
            try place.publish()
            return settings
        } catch {
            for path in written { unlink(path) }
            throw error
        }
    }

    private func checked(_ environment: [String: String]) async throws -> Settings {
        let settings = try await Settings.read(file: place.draft, environment: environment).settings
        guard settings.placeholders.isEmpty else { throw SettingsProblems(problems: settings.placeholders) }
        try settings.checkFiles()
        return settings
    }

    /// The first list and the first login; of one that is there already, nil.
    package struct Made: Sendable {
        package let list: String?
        package let login: (token: StaffToken, member: StaffMember)?
    }

    package func furnish(_ settings: Settings, list title: String, slug: Slug, admin: String) async throws -> Made {
        let courant = try Courant(settings, exclusively: false, logger: settings.logger())
        defer { try? courant.store.close() }
        let list = try await unlessTaken {
            _ = try await courant.lists.create(
                slug, title: title, description: title, sender: settings.mailFrom, basis: .consent,
                language: courant.templates.languages[0], isPublic: true, by: .host)
            return slug.text
        }
        let login = try await unlessTaken { try await courant.staff.add(admin, role: .admin, by: .host) }
        return Made(list: list, login: login)
    }

    private func unlessTaken<Value: Sendable>(_ make: () async throws -> Value) async throws -> Value? {
        do { return try await make() } catch Refusal.taken { return nil }
    }
}
