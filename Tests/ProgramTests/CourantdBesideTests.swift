import CourantTesting
import Foundation
import GRDB
import Outbound
import SQLStore
import Testing

/// The host's commands beside a busy service with the promises that come with Courant: nothing that was acknowledged is lost,
/// and nobody comes back.
@Suite(.timeLimit(.minutes(20))) struct CourantdBesideTests {
    /// A service that looks at its promises at the start, with a list and an administrator.
    private static func open(_ host: Host) async throws {
        let captcha = try await CaptchaStub { _ in
            let now = Date.now.formatted(.iso8601)
            return (200, #"{"success": true, "hostname": "news.company.example", "challenge_ts": "\#(now)"}"#)
        }
        try await host.serve()
        try await host.furnish()
        try await host.restart(with: [
            "promises.file": URL.repository.appending(path: "config/promises.yaml").path,
            "organisation.authority": "\"Datatilsynet, www.datatilsynet.no\"",
            "captcha.provider": "recaptcha", "captcha.site-key": "site", "captcha.secret": "secret",
            "captcha.verify-url": captcha.verifyURL, "limits.client-per-minute": "0", "limits.all-per-minute": "0",
        ])
        // Where the host's commands find it.
        host.set(["http.port": "\(host.port)"])
    }

    private static func ask(_ address: String, _ host: Host) async throws {
        let form = "email=\(address.replacing("@", with: "%40"))&list=news&g-recaptcha-response=yes"
        var answer = try await host.post("/subscribe", form)
        // Nothing is acknowledged with it: too many writers waited for a busy machine.
        while answer.status == 503 { answer = try await host.post("/subscribe", form) }
        #expect(answer.status == 303, "\(address): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
    }

    /// Signs up and confirms; every third leaves again. Returns who is acknowledged to be there and to be gone.
    private static func come(_ numbers: Range<Int>, _ host: Host) async throws -> (there: [String], gone: [String]) {
        var (there, gone): ([String], [String]) = ([], [])
        for number in numbers {
            let address = "reader\(number)@example.org"
            try await ask(address, host)
            let link = try #require(try await host.mail(to: address, 1).path("/confirm/"))
            #expect(try await host.post(link, "").status == 200)
            if number.isMultiple(of: 3) {
                let leave = try #require(try await host.mail(to: address, 2).oneClick)
                #expect(try await host.post(leave, CourantdWalkTests.oneClick).status == 200)
                gone.append(address)
            } else {
                there.append(address)
            }
        }
        return (there, gone)
    }

    private static func expect(_ people: (there: [String], gone: [String]), _ host: Host) async throws {
        let list = try await host.courant("list", "show", "news", "--json")
        #expect(list.out.contains("\"active\":\(people.there.count)"), "\(list.out) \(list.err)")
        for address in people.gone {
            let found = try await host.courant("subscriber", "find", address)
            #expect(found.code == 4 || !found.out.contains("active"), "\(address) is back: \(found.out)")
        }
        guard Engine.usual == .sqlite else { return }
        let whole = try await DatabaseQueue(path: host.database.path).read {
            try String.fetchAll($0, sql: "PRAGMA integrity_check")
        }
        #expect(whole == ["ok"])
    }

    /// Files that the service still writes to, and that nobody finds any more.
    private static func deletedFiles(of pid: pid_t) -> [String] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
            .filter { $0.contains("courant.db") && $0.contains("(deleted)") }
    }

    @Test func `each command of the host's beside a busy service, a restart, and everybody is where they should be`()
        async throws
    {
        try await Host.with { host in
            try await Self.open(host)
            let service = try #require(host.running.first)
            let locks = try Self.locks(of: service.pid)
            var people: (there: [String], gone: [String]) = ([], [])
            let commands: [[String]] = [
                ["staff", "ls"], ["promises"], ["retention", "run"], ["keys", "rotate"], ["doctor"], ["staff", "ls"],
                ["promises"], ["backup", host.home.appending(path: "monday").path],
            ]
            for (number, command) in commands.enumerated() {
                async let coming = Self.come(number * 3..<number * 3 + 3, host)
                _ = try await host.courantd(command)
                let came = try await coming
                people = (people.there + came.there, people.gone + came.gone)
                #expect(Self.deletedFiles(of: service.pid).isEmpty, "\(command)")
                // A statement that is under way has one more for a moment.
                try await eventually("its locks are as they were after \(command)") {
                    try Self.locks(of: service.pid) == locks
                }
            }
            try await Self.expect(people, host)
            try await host.restart(with: ["http.port": "0"])
            try await Self.expect(people, host)
        }
    }

    /// How many locks SQLite has on its files; none of a server's.
    private static func locks(of pid: pid_t) throws -> Int {
        guard Engine.usual == .sqlite, let text = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else {
            return 0
        }
        let count = text.split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 5 && fields[1] == "POSIX" && fields[4] == "\(pid)"
        }
        #expect(count > 0)
        return count
    }
}
