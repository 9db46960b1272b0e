import Foundation

/// The files that somebody who runs Courant in earnest writes, as the demo has them: settings for a company that there is
/// not, and the promises of its policy.
struct DemoFiles {
    let directory: URL
    let port: Int
    let relayPort: Int

    static func settings(in directory: URL) -> String { directory.appending(path: "courant.yaml").path }

    /// Returns the settings file.
    func write() throws -> String {
        let file = Self.settings(in: directory)
        try write(settings, to: file)
        // Where it is missing, the templates are too, and whoever reads those says so.
        let shipped = (try? String(contentsOfFile: here(Settings().promisesFile), encoding: .utf8)) ?? ""
        try write(promises(from: shipped), to: directory.appending(path: "promises.yaml").path)
        return file
    }

    private func write(_ text: String, to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
    }

    /// In the working directory, or as it came with the program.
    private func here(_ path: String) -> String {
        let (here, name) = (URL(filePath: path).standardizedFileURL.path, URL(filePath: path).lastPathComponent)
        return FileManager.default.fileExists(atPath: here) ? here : Installation.current?.path(name) ?? here
    }

    private var settings: String {
        """
        http: {port: \(port), public-url: "http://localhost:\(port)"}
        store: {url: "sqlite:\(directory.appending(path: "courant.db").path)"}
        keys: {file: "\(directory.appending(path: "courant.keys").path)"}
        templates: {directory: "\(here(Settings().templates))"}
        policy: {file: "\(here(Settings().policyFile))"}
        promises: {file: "\(directory.appending(path: "promises.yaml").path)"}
        relay: {url: "smtp://127.0.0.1:\(relayPort)", tls: "off"}
        mail:
          from: Lighthouse Letters <letters@lighthouse.example>
          transactional-from: Lighthouse <hello@lighthouse.example>
        organisation:
          name: Lighthouse Instruments
          address: Fyrveien 1, 4085 Hundvåg, Norway
          contact: privacy@lighthouse.example
          authority: Datatilsynet, www.datatilsynet.no
        # In so many words: the demo asks nobody to prove anything, so that a script may walk through it too.
        captcha: {provider: none}
        limits: {notification-interval: 10s}
        log: {level: error}

        """
    }

    /// Those that come with Courant, but for what its own settings do not promise: there is no captcha.
    private func promises(from shipped: String) -> String {
        var (kept, entry): ([String], [String]) = ([], [])
        func close() {
            if !entry.contains(where: { $0.contains("check: captcha-") }) { kept += entry }
            entry = []
        }
        for line in shipped.components(separatedBy: "\n") {
            if line.hasPrefix("  "), line.dropFirst(2).first?.isWhitespace == false { close() }
            entry.append(line)
        }
        close()
        return kept.joined(separator: "\n")
    }
}
