import Foundation

/// Secrets that systemd hands over (`LoadCredential=` in the unit): `relay.password-file` is the credential
/// `courant.relay-password`, where the setting itself is not given.
struct Credentials: Sendable {
    private let folder: String?

    /// The service finds them where systemd says; root's own commands where systemd takes them from.
    init(_ environment: [String: String], store: String = "/etc/credstore") {
        folder = environment["CREDENTIALS_DIRECTORY"] ?? (geteuid() == 0 ? store : nil)
    }

    static func name(of key: String) -> String {
        let words = key.hasSuffix("-file") ? key.dropLast("-file".count) : Substring(key)
        return "courant." + words.split(separator: ".").joined(separator: "-")
    }

    /// Nil where there is none.
    func file(for key: String) -> String? {
        guard let folder else { return nil }
        let path = "\(folder)/\(Self.name(of: key))"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
