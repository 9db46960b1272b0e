import Foundation

/// Dovecot as one that is not root runs it, on loopback, with one mailbox: user `courant`, password `correct horse`. Its certificate,
/// for `localhost`, is `certificate.pem` in its directory. Gone, with all it kept, when it is let go.
package final class DovecotServer: Sendable {
    package static let isThere = FileManager.default.isExecutableFile(atPath: program)
    private static let program = "/usr/sbin/dovecot"

    package let directory: TemporaryDirectory
    /// By scheme: `imap`, `imaps`, `pop3`, `pop3s`.
    private let ports: [String: Int]
    private let process: Subprocess

    /// Another program may take one of its ports before it does: then it ends at once, and gets others.
    package static func start() async throws -> DovecotServer {
        for _ in 0..<5 {
            let server = try DovecotServer()
            try await eventually("Dovecot listens") { server.isListening || !server.isRunning }
            if server.isRunning { return server }
        }
        throw TestFailure("Dovecot does not start")
    }

    private var isListening: Bool { ports.values.allSatisfy { Socket.listens($0) } }
    private var isRunning: Bool { kill(process.processIdentifier, 0) == 0 }

    private init() throws {
        directory = try TemporaryDirectory()
        _ = try directory.makeCertificate()
        ports = Dictionary(
            uniqueKeysWithValues: try ["imap", "imaps", "pop3", "pop3s"].map { ($0, try Socket.freePort()) })
        let (user, group) = geteuid() == 0 ? ("nobody", "nogroup") : (NSUserName(), Self.group)
        let text = Self.configuration(in: directory.path, user, group, ports)
        try Data(text.utf8).write(to: URL(filePath: "\(directory.path)/dovecot.conf"))
        try Data("courant:{PLAIN}correct horse\n".utf8).write(to: URL(filePath: "\(directory.path)/passwords"))
        for folder in ["cur", "new", "tmp"] {
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/mails/\(folder)", withIntermediateDirectories: true)
        }
        let words = [Self.program, "-F", "-c", "\(directory.path)/dovecot.conf"]
        if geteuid() == 0 {
            let ownership = Subprocess("/bin/chown", ["-R", "nobody:nogroup", directory.path])
            try ownership.start()
            ownership.waitUntilExit()
            process = Subprocess(
                "/usr/bin/setpriv", ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] + words)
        } else {
            process = Subprocess(words[0], Array(words.dropFirst()))
        }
        process.line.standardError = .nullDevice
        process.line.standardOutput = .nullDevice
        try process.start()
    }

    private static var group: String { getgrgid(getegid()).map { String(cString: $0.pointee.gr_name) } ?? "nogroup" }

    /// Its children end with it, where it is asked to end.
    deinit {
        if isRunning { kill(process.processIdentifier, SIGTERM) }
        process.waitUntilExit()
    }

    package func port(_ scheme: String) -> Int { ports[scheme] ?? 0 }

    package var certificate: String { "\(directory.path)/certificate.pem" }
    package var log: String {
        directory.contents(of: "log").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    // MARK: The mailbox

    /// As a mail server puts one there.
    package func deliver(_ content: some Sequence<UInt8>, as name: String = UUID().uuidString) throws {
        let file = "\(directory.path)/mails/tmp/\(name)"
        try Data(content).write(to: URL(filePath: file))
        if geteuid() == 0 { chmod(file, 0o666) }
        try FileManager.default.moveItem(atPath: file, toPath: "\(directory.path)/mails/new/\(name)")
    }

    /// What is in the box, by name; the letters are the flags that it has, such as `S` where somebody has seen it.
    package var mails: [String: String] {
        let files = ["new", "cur"].flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/mails/\($0)")) ?? []
        }
        return Dictionary(
            files.map { file in
                let parts = file.components(separatedBy: ":2,")
                let name = parts[0].prefix { $0 != "," }
                return (String(name), parts.count > 1 ? parts[1] : "")
            }, uniquingKeysWith: { $1 })
    }

    private static func configuration(
        in directory: String, _ user: String, _ group: String, _ ports: [String: Int]
    ) -> String {
        """
        protocols = imap pop3
        base_dir = \(directory)/run
        state_dir = \(directory)/run
        log_path = \(directory)/log
        default_internal_user = \(user)
        default_internal_group = \(group)
        default_login_user = \(user)
        default_process_limit = 20
        listen = 127.0.0.1
        ssl = yes
        ssl_cert = <\(directory)/certificate.pem
        ssl_key = <\(directory)/key.pem
        auth_mechanisms = plain login
        auth_failure_delay = 0
        first_valid_uid = 1
        mail_location = maildir:\(directory)/mails
        mail_fsync = never
        protocol imap {
          mail_max_userip_connections = 100
        }
        passdb {
          driver = passwd-file
          args = scheme=PLAIN username_format=%u \(directory)/passwords
        }
        userdb {
          driver = static
          args = uid=\(user) gid=\(group) home=\(directory)
        }
        service imap-login {
          chroot =
          inet_listener imap {
            port = \(ports["imap"] ?? 0)
          }
          inet_listener imaps {
            port = \(ports["imaps"] ?? 0)
            ssl = yes
          }
        }
        service pop3-login {
          chroot =
          inet_listener pop3 {
            port = \(ports["pop3"] ?? 0)
          }
          inet_listener pop3s {
            port = \(ports["pop3s"] ?? 0)
            ssl = yes
          }
        }
        service anvil {
          chroot =
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }
        service stats {
          chroot =
        }
        """
    }
}
