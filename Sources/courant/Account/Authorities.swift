import Foundation

/// A PEM file of the authorities whose certificates count, instead of the system's: a company's own.
struct Authorities: Sendable {
    let path: String
    /// What `login` keeps; nil where the environment names it each time.
    let saved: String?

    /// By `--ca-file`: it is kept with the login.
    init(named path: String) throws(Failure) {
        try self.init(path, saved: URL(filePath: path).standardizedFileURL.path)
    }

    private init(_ path: String, saved: String?) throws(Failure) {
        guard access(path, R_OK) == 0 else {
            throw .file(
                "\(path) cannot be read: \(systemError())", next: "It holds the authorities' certificates (PEM)")
        }
        self.path = path
        self.saved = saved
    }

    /// COURANT_CA_FILE's word counts before the login's, and that before SSL_CERT_FILE, which all programs share.
    static func current(saved: String?) throws(Failure) -> Authorities? {
        let environment = ProcessInfo.processInfo.environment
        func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
        if let path = named("COURANT_CA_FILE") { return try Authorities(path, saved: nil) }
        if let saved { return try Authorities(saved, saved: saved) }
        return try named("SSL_CERT_FILE").map { path throws(Failure) in try Authorities(path, saved: nil) }
    }
}
