import Foundation
package import Logging
package import Mailbox
package import Newsletter
import Reports
import ServiceLifecycle

/// Takes what mail servers hand back, by LMTP on loopback or a socket (RFC 2033).
///
/// Every recipient gets a 250, also an unknown one: a refusal would make the mail server write to whoever is given as the
/// sender. It comes after the commit; while the store is away it is a 451, and the mail server tries again.
package struct ReportListener: Service {
    private let place: LMTPAddress
    private let inbox: Inbox
    private let logger: Logger

    package init(place: LMTPAddress, inbox: Inbox, logger: Logger) {
        self.place = place
        self.inbox = inbox
        self.logger = logger
    }

    private var limits: SMTPServer.Limits {
        var limits = SMTPServer.Limits()
        limits.kept = Report.longest
        limits.connections = 10
        return limits
    }

    package func run() async throws {
        let server = try await start()
        logger.info("listening for reports", metadata: ["at": "\(place)"])
        try? await gracefulShutdown()
        await server.stop()
        if case .socket(let path) = place.place { unlink(path) }
    }

    private func start() async throws -> SMTPServer {
        do {
            let server = try await SMTPServer.start(at: place.place, limits: limits) { try await take($0) }
            // Only a tag of ours makes anything of a mail: whoever may enter the folder may bring one.
            if case .socket(let path) = place.place { chmod(path, 0o666) }
            return server
        } catch {
            throw StartFailure.port(
                "bounces.lmtp: \(place) cannot be listened on: stop the other program there, or choose another place.")
        }
    }

    private func take(_ mail: ReceivedMail) async throws -> Bool {
        let report = Report(mail.content, from: mail.sender ?? "")
        do {
            // With what a mail server that delivers writes into it (RFC 5321 §4.4).
            let delivered = "Return-Path: <\(mail.sender ?? "")>\r\n".utf8 + mail.content
            try await inbox.take(mail.recipients.map(report.handed), of: delivered, through: .lmtp)
            return true
        } catch {
            logger.warning(
                "a report could not be taken: the mail server tries again", metadata: ["cause": "\(error.logged)"])
            return false
        }
    }
}

/// `bounces.lmtp`: `127.0.0.1:2424`, or the path of a socket.
package struct LMTPAddress: Sendable, CustomStringConvertible {
    package let place: SMTPServer.Place

    /// Nil unless it is a port on loopback, or an absolute path that fits a socket's address.
    package init?(_ text: String) {
        if text.hasPrefix("/") {
            guard text.utf8.count <= 100 else { return nil }
            place = .socket(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else { return nil }
        place = .address(host: host, port: port)
    }

    package var description: String {
        switch place {
        case .address(let host, let port): "\(host):\(port)"
        case .socket(let path): path
        }
    }
}
