import Foundation

/// What a package has put beside the program: `PREFIX/share/courant` where the program is `PREFIX/bin/courantd`. In a source
/// tree there is nothing of the kind.
struct Installation: Sendable {
    private let share: URL

    static let current = Installation(program: Bundle.main.executablePath)

    init?(program: String?) {
        guard let program else { return nil }
        let prefix = URL(filePath: program).deletingLastPathComponent().deletingLastPathComponent()
        share = prefix.appending(path: "share/courant")
        guard FileManager.default.fileExists(atPath: share.path) else { return nil }
    }

    func path(_ name: String) -> String { share.appending(path: name).path }
}

extension Settings {
    /// Where settings are when nobody says where: those of a directory that is an installation, then those of a package.
    package static let usualFiles = ["config/courant.yaml", "/etc/courant/courant.yaml"]
}
