import Foundation
import Synchronization

/// A program of somebody else's that speaks SMTP, started on a free port and ended when it is let go.
package final class SMTPProgram: Sendable {
    package struct Missing: Error { let program: String }

    package let port: Int
    private let process: Subprocess

    private init(_ program: String, _ arguments: (Int) -> [String], input: String? = nil) throws {
        guard FileManager.default.isExecutableFile(atPath: program) else { throw Missing(program: program) }
        port = try Socket.freePort()
        process = Subprocess(program, arguments(port))
        process.line.standardError = .nullDevice
        process.line.standardOutput = .nullDevice
        try process.start()
    }

    /// Not SIGTERM: a child inherits its thread's blocked signals, and Swift's threads block that one.
    deinit { kill(process.processIdentifier, SIGKILL) }

    /// Nobody listens on it, and the system hands it out to nobody.
    package static func freePort() throws -> Int { try Socket.freePort() }

    /// Until it listens.
    private func started() async throws -> SMTPProgram {
        for _ in 0..<2000 {
            if Socket.listens(port) { return self }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Missing(program: "a program that listens")
    }

    /// Postfix's smtp-sink, with its options for making trouble.
    package static func sink(_ options: String...) async throws -> SMTPProgram {
        let user = NSUserName() == "root" ? ["-u", "nobody"] : []
        return try await SMTPProgram("/usr/sbin/smtp-sink", { ["-4"] + user + options + ["127.0.0.1:\($0)", "100"] })
            .started()
    }

    package static let hasSink = FileManager.default.isExecutableFile(atPath: "/usr/sbin/smtp-sink")

    /// aiosmtpd with STARTTLS, where AUTH is demanded: user `courant`, password `correct horse`. Each mail becomes a file
    /// in `directory`, named for its recipient's local part; its certificate, for `localhost`, stands there too.
    package static func authenticating(in directory: String, startTLS: Bool = true) async throws -> SMTPProgram {
        let script = "\(directory)/server.py"
        try Data(aiosmtpd.utf8).write(to: URL(fileURLWithPath: script))
        return try await SMTPProgram(
            "/usr/bin/python3", { ["-B", script, "\($0)", directory, startTLS ? "tls" : "plain"] }
        ).started()
    }

    private static let aiosmtpd = """
        import asyncio, ssl, sys
        from aiosmtpd.smtp import SMTP, AuthResult
        port, directory, tls = int(sys.argv[1]), sys.argv[2], sys.argv[3] == 'tls'
        class Keep:
            async def handle_DATA(self, server, session, envelope):
                name = envelope.rcpt_tos[0].split('@')[0]
                with open(f'{directory}/{name}.eml', 'wb') as file:
                    file.write(envelope.original_content)
                return '250 2.0.0 kept'
        def check(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (b'courant', b'correct horse')
            return AuthResult(success=good, handled=False)
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f'{directory}/certificate.pem', f'{directory}/key.pem')
        def make():
            return SMTP(Keep(), authenticator=check, tls_context=context, require_starttls=tls, auth_required=tls,
                        auth_require_tls=tls, decode_data=False, enable_SMTPUTF8=True, hostname='localhost')
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(loop.create_server(make, host='127.0.0.1', port=port))
        loop.run_forever()
        """
}

/// A directory of its own for a test, gone when it is let go.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/courant-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func contents(of file: String) -> [UInt8]? {
        FileManager.default.contents(atPath: "\(path)/\(file)").map { Array($0) }
    }

    /// The certificate that was made, as one that has run out yesterday.
    package func expireCertificate() throws {
        try openssl(
            "x509", "-in", "\(path)/certificate.pem", "-signkey", "\(path)/key.pem", "-days", "-1", "-out",
            "\(path)/certificate.pem")
    }

    private func openssl(_ arguments: String...) throws {
        let openssl = Subprocess("/usr/bin/openssl", arguments)
        openssl.line.standardError = .nullDevice
        try openssl.start()
        openssl.waitUntilExit()
    }

    /// `certificate.pem` and `key.pem`, signed by itself. Returns the certificate's path.
    package func makeCertificate(for host: String = "localhost") throws -> String {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=\(host)", "-addext", "subjectAltName=DNS:\(host)", "-keyout", "\(path)/key.pem", "-out",
            "\(path)/certificate.pem")
        return "\(path)/certificate.pem"
    }
}
