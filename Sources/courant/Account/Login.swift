import CourantAPI
import Foundation

/// Who we are towards which service: a file that its owner alone can read, or COURANT_URL and COURANT_TOKEN.
struct Login: Sendable {
    let url: ServiceURL
    let token: Token
    /// Where it came from, for `doctor` and `whoami`.
    let source: String
    /// A PEM file of the authorities whose certificates count; nil: the system's.
    let authorities: Authorities?

    /// What the file holds.
    private struct Saved: Codable {
        var url: String
        var token: String
        var caFile: String?
    }

    static var file: String {
        let environment = ProcessInfo.processInfo.environment
        // The XDG specification: a relative path is to be ignored.
        let configured = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (configured ?? (environment["HOME"] ?? "") + "/.config") + "/courant/login.json"
    }

    /// The environment's word counts before the file's. A saved token never goes to another address than its own.
    static func current() throws(Failure) -> Login {
        let environment = ProcessInfo.processInfo.environment
        let url = environment["COURANT_URL"].flatMap { $0.isEmpty ? nil : $0 }
        let token = environment["COURANT_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        if let url, let token {
            return Login(
                url: try ServiceURL(url), token: try Token(token), source: "COURANT_URL and COURANT_TOKEN",
                authorities: try Authorities.current(saved: nil))
        }
        guard token == nil else {
            throw .usage(
                "COURANT_TOKEN is set, but COURANT_URL is not", next: "Say whose token it is: COURANT_URL=https://…")
        }
        let saved = try read()
        guard let url else { return saved }
        let wanted = try ServiceURL(url)
        guard wanted == saved.url else {
            throw .notSignedIn(
                "COURANT_URL is \(wanted), but you are signed in at \(saved.url)", next: "courant login \(wanted)")
        }
        return saved
    }

    static func read() throws(Failure) -> Login {
        var status = stat()
        guard stat(file, &status) == 0, let data = FileManager.default.contents(atPath: file) else {
            throw .notSignedIn("You are not signed in", next: "courant login URL, or set COURANT_URL and COURANT_TOKEN")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .notSignedIn("Others on this computer can read \(file)", next: "chmod 600 \(file)")
        }
        guard let saved = try? JSON.decode(Saved.self, from: data) else {
            throw .notSignedIn("\(file) is damaged", next: "courant login URL writes it anew")
        }
        return Login(
            url: try ServiceURL(saved.url), token: try Token(saved.token), source: file,
            authorities: try Authorities.current(saved: saved.caFile))
    }

    /// Never readable by others, not for a moment; never half written.
    func save() throws(Failure) {
        let directory = String(Self.file.dropLast("/login.json".utf8.count))
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let draft = Self.file + ".\(getpid())"
        let data = try? JSON.encode(
            Saved(url: url.description, token: token.text, caFile: authorities?.saved), pretty: true)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard let data, descriptor >= 0 else { throw .file("\(Self.file) cannot be written: \(systemError())") }
        let written = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == data.count, rename(draft, Self.file) == 0 else {
            unlink(draft)
            throw .file("\(Self.file) cannot be written: \(systemError())")
        }
    }

    /// Whether there was one.
    static func forget() throws(Failure) -> Bool {
        if unlink(file) == 0 { return true }
        guard errno == ENOENT else { throw .file("\(file) cannot be removed: \(systemError())") }
        return false
    }
}

/// A staff member's token: printable ASCII, so that it fits a header (RFC 6750 §2.1). Printed nowhere.
struct Token: Sendable, CustomStringConvertible {
    let text: String
    var description: String { "[redacted]" }

    init(_ text: String) throws(Failure) {
        let text = text.trimmed
        guard !text.isEmpty else {
            throw .usage("The token is empty", next: "An administrator gives you one: courantd staff add")
        }
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .usage("That is not a token: one word without blanks or accents", next: "Copy it again, whole")
        }
        self.text = text
    }
}

func systemError() -> String { String(cString: strerror(errno)) }
